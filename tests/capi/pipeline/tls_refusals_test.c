/* TLS through the C ABI, both ends ours: who is refused, by whom, and how each side hears of it. */
#include <string.h>
#include <sys/socket.h>

#include "check.h"
#include "support.h"
#include "tls_support.h"

static void clients_are_asked_for_certificates(void) {
  const zest_tls_certificate certificate = certificate_of("server");
  const zest_tls_certificate own = certificate_of("client");
  zest_tls_config server = server_config(&certificate), client = client_config();
  server.ca_file = path_of("ca", ".pem");
  server.clients = ZEST_TLS_CLIENTS_MUST;
  client.version_max = ZEST_TLS_1_2; /* where the client hears of it in the handshake */
  struct tls_pair pair = new_pair_of(&client, &server, "localhost");
  CHECK(!shake_hands(&pair));
  CHECK_STATUS(ZEST_TLS_FAILED, pair.server_said);
  CHECK_STATUS(ZEST_TLS_FAILED, pair.client_said);
  end_pair(&pair);
  client.certificates = &own;
  client.certificate_count = 1;
  pair = shaken(&client, &server, "localhost");
  const zest_tls_facts facts = facts_of(pair.server);
  CHECK(text_is(facts.peer_subject, facts.peer_subject_size, "O=zest,CN=a client"));
  CHECK(carries(pair.client, pair.server, 1000));
  end_pair(&pair);
}

static void refuses(const zest_tls_config* client, const char* certificate_name, const char* name,
                    const char* words) {
  const zest_tls_certificate certificate = certificate_of(certificate_name);
  const zest_tls_config server = server_config(&certificate);
  struct tls_pair pair = new_pair_of(client, &server, name);
  CHECK(!shake_hands(&pair));
  CHECK_STATUS(ZEST_TLS_FAILED, pair.client_said);
  CHECK_CONTAINS(pair.client_error.message, words);
  CHECK(pair.client_error.code == ZEST_TLS_FAILED);
  CHECK_STATUS(ZEST_TLS_FAILED, pair.server_said); /* it was told */
  size_t count = 77;
  char byte = 0;
  CHECK_STATUS(ZEST_TLS_FAILED, zest_tls_read(pair.client, &byte, 1, &count, NULL));
  CHECK_STATUS(ZEST_TLS_FAILED, zest_tls_write(pair.client, &byte, 1, &count, NULL));
  CHECK_STATUS(ZEST_TLS_FAILED, zest_tls_handshake(pair.client, NULL, NULL));
  CHECK(count == 77);
  end_pair(&pair);
}

static void bad_certificates_are_refused(void) {
  const zest_tls_config client = client_config();
  zest_tls_config system_alone = ZEST_TLS_CONFIG_INIT, old = client_config();
  refuses(&client, "server", "wrong.test", "ostname mismatch");
  refuses(&client, "stranger", "localhost", "self-signed certificate");
  refuses(&system_alone, "server", "localhost", "certificate");
  old.version_max = ZEST_TLS_1_2;
  refuses(&old, "other", "localhost", "ostname mismatch");
}

static void without_verification_anybody_will_do(void) {
  const zest_tls_certificate certificate = certificate_of("stranger");
  const zest_tls_config server = server_config(&certificate);
  zest_tls_config client = ZEST_TLS_CONFIG_INIT;
  client.flags = ZEST_TLS_NO_VERIFY;
  struct tls_pair pair = shaken(&client, &server, NULL);
  CHECK(facts_of(pair.server).server_name_size == 0);
  CHECK(carries(pair.server, pair.client, 1000));
  end_pair(&pair);
}

static void versions_without_overlap_fail(void) {
  const zest_tls_certificate certificate = certificate_of("server");
  zest_tls_config server = server_config(&certificate), client = client_config();
  server.version_min = ZEST_TLS_1_3;
  client.version_max = ZEST_TLS_1_2;
  struct tls_pair pair = new_pair_of(&client, &server, "localhost");
  CHECK(!shake_hands(&pair));
  CHECK_STATUS(ZEST_TLS_FAILED, pair.server_said);
  CHECK_STATUS(ZEST_TLS_FAILED, pair.client_said);
  CHECK_CONTAINS(pair.client_error.message, "version");
  end_pair(&pair);
}

static void what_is_no_tls_can_still_be_read(void) {
  struct tls_pair pair = new_pair_of(NULL, NULL, "localhost");
  char bytes[8];
  CHECK(send(pair.client_fd, "GET /", 5, MSG_NOSIGNAL) == 5);
  CHECK(readable(pair.server_fd, 20000));
  CHECK_STATUS(ZEST_TLS_NOT_TLS, zest_tls_handshake(pair.server, NULL, &pair.server_error));
  CHECK(pair.server_error.message[0] != 0);
  CHECK(recv(pair.server_fd, bytes, sizeof bytes, 0) == 5 && memcmp(bytes, "GET /", 5) == 0);
  CHECK(!readable(pair.client_fd, 0)); /* nothing was sent */
  end_pair(&pair);
}

typedef zest_status (*make)(const zest_tls_config*, zest_tls_context**, zest_error*);

static void not_made(make make, const zest_tls_config* config, zest_status expected,
                     const char* words) {
  zest_tls_context* context = NULL;
  zest_error error = {.message = ""};
  CHECK_STATUS(expected, make(config, &context, &error));
  CHECK_CONTAINS(error.message, words);
  CHECK(context == NULL);
}

/* Else a client that was to trust one authority would trust all of the system's. */
static void what_was_meant_and_is_empty(void) {
  const zest_status invalid = ZEST_INVALID_ARGUMENT, null = ZEST_NULL_ARGUMENT;
  zest_tls_config config = ZEST_TLS_CONFIG_INIT;
  config.ca_file = "";
  not_made(zest_tls_context_client, &config, invalid, "ca: an empty path");
  config.ca_file = NULL;
  config.ca_size = 9;
  not_made(zest_tls_context_client, &config, null, "ca is NULL");
  config.ca = "";
  config.ca_size = 0;
  not_made(zest_tls_context_client, &config, invalid, "holds no PEM");
  zest_tls_certificate certificate = certificate_of("server");
  config = server_config(&certificate);
  config.ticket_key_file = "";
  not_made(zest_tls_context_server, &config, invalid, "ticket_key_file: an empty path");
  certificate.ocsp_file = "";
  not_made(zest_tls_context_server, &config, invalid, "ocsp_file: an empty path");
  certificate = certificate_of("server");
  certificate.certificate_file = "";
  not_made(zest_tls_context_server, &config, invalid, "certificate: an empty path");
  certificate = certificate_of("server");
  certificate.key_file = NULL;
  certificate.key_size = 9;
  not_made(zest_tls_context_server, &config, null, "key is NULL");
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  make_certificates();
  RUN(clients_are_asked_for_certificates);
  RUN(bad_certificates_are_refused);
  RUN(without_verification_anybody_will_do);
  RUN(versions_without_overlap_fail);
  RUN(what_is_no_tls_can_still_be_read);
  RUN(what_was_meant_and_is_empty);
  remove_certificates();
  return check_end();
}
