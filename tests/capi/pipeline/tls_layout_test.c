/* The ABI of zest/tls.h in numbers: see layout.h. */
#include <zest/tls.h>

#include "check.h"
#include "layout.h"

GROWING(zest_tls_certificate, 64, 8);
AT(zest_tls_certificate, struct_size, 0);
AT(zest_tls_certificate, reserved, 4);
AT(zest_tls_certificate, certificate_file, 8);
AT(zest_tls_certificate, key_file, 16);
AT(zest_tls_certificate, certificate, 24);
AT(zest_tls_certificate, certificate_size, 32);
AT(zest_tls_certificate, key, 40);
AT(zest_tls_certificate, key_size, 48);
AT(zest_tls_certificate, ocsp_file, 56);

GROWING(zest_tls_config, 128, 8);
AT(zest_tls_config, struct_size, 0);
AT(zest_tls_config, flags, 4);
AT(zest_tls_config, certificates, 8);
AT(zest_tls_config, certificate_count, 16);
AT(zest_tls_config, self_signed, 24);
AT(zest_tls_config, self_signed_count, 32);
AT(zest_tls_config, alpn, 40);
AT(zest_tls_config, alpn_count, 48);
AT(zest_tls_config, ca_file, 56);
AT(zest_tls_config, ca, 64);
AT(zest_tls_config, ca_size, 72);
AT(zest_tls_config, ciphers, 80);
AT(zest_tls_config, ciphersuites, 88);
AT(zest_tls_config, ticket_key_file, 96);
AT(zest_tls_config, version_min, 104);
AT(zest_tls_config, version_max, 108);
AT(zest_tls_config, clients, 112);
AT(zest_tls_config, kernel, 116);
AT(zest_tls_config, session_timeout_s, 120);
AT(zest_tls_config, reserved, 124);

GROWING(zest_tls_facts, 80, 8);
AT(zest_tls_facts, struct_size, 0);
AT(zest_tls_facts, version, 4);
AT(zest_tls_facts, resumed, 8);
AT(zest_tls_facts, mode, 12);
AT(zest_tls_facts, cipher, 16);
AT(zest_tls_facts, alpn, 24);
AT(zest_tls_facts, server_name, 32);
AT(zest_tls_facts, peer_subject, 40);
AT(zest_tls_facts, peer_fingerprint, 48);
AT(zest_tls_facts, cipher_size, 56);
AT(zest_tls_facts, alpn_size, 60);
AT(zest_tls_facts, server_name_size, 64);
AT(zest_tls_facts, peer_subject_size, 68);
AT(zest_tls_facts, peer_fingerprint_size, 72);
AT(zest_tls_facts, reserved, 76);

static void the_initialisers_set_the_size(void) {
  const zest_tls_certificate certificate = ZEST_TLS_CERTIFICATE_INIT;
  const zest_tls_config config = ZEST_TLS_CONFIG_INIT;
  const zest_tls_facts facts = ZEST_TLS_FACTS_INIT;
  CHECK(certificate.struct_size == sizeof certificate && config.struct_size == sizeof config);
  CHECK(facts.struct_size == sizeof facts);
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  RUN(the_initialisers_set_the_size);
  return check_end();
}
