/* Every call of zest/tls.h with NULL, with structs of every size, with values out of range, before
 * the handshake is over, with the other side's context, from a forked child: a status, nothing
 * written. */
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "proxy_support.h"
#include "struct_sizes.h"
#include "support.h"
#include "tls_support.h"

/* Each call that has a connection and nothing else to be wrong. */
static void calls_answer(zest_status expected, zest_tls* tls) {
  char byte = 0;
  size_t count = 77;
  zest_error error;
  CHECK_STATUS(expected, zest_tls_read(tls, &byte, 1, &count, &error));
  CHECK(error.code == expected && error.message[0] != 0);
  CHECK_STATUS(expected, zest_tls_write(tls, &byte, 1, &count, NULL));
  CHECK_STATUS(expected, zest_tls_flush(tls, NULL));
  CHECK_STATUS(expected, zest_tls_shutdown(tls, NULL));
  CHECK_STATUS(expected, zest_tls_hear(tls, NULL));
  zest_tls_facts facts = ZEST_TLS_FACTS_INIT;
  CHECK_STATUS(expected, zest_tls_facts_get(tls, &facts));
  CHECK(count == 77 && facts.version == 0);
}

static void also_answer(zest_status expected, zest_tls* tls, const zest_tls_context* context) {
  zest_tls* none = NULL;
  uint32_t mode = 77;
  size_t count = 77;
  CHECK_STATUS(expected, zest_tls_handshake(tls, &mode, NULL));
  CHECK_STATUS(expected, zest_tls_pending(tls, &count));
  CHECK_STATUS(expected, zest_tls_context_text(context, NULL, 0, &count));
  CHECK_STATUS(expected, zest_tls_server(context, 0, &none, NULL));
  CHECK_STATUS(expected, zest_tls_client(context, 0, "localhost", &none, NULL));
  CHECK(count == 77 && mode == 77 && none == NULL);
}

static void null_is_a_status(void) {
  const zest_status null = ZEST_NULL_ARGUMENT;
  zest_tls_context* context = NULL;
  zest_tls* tls = NULL;
  size_t count = 0;
  char byte;
  calls_answer(null, NULL);
  also_answer(null, NULL, NULL);
  zest_error error;
  CHECK_STATUS(null, zest_tls_handshake(NULL, NULL, &error));
  CHECK_CONTAINS(error.message, "tls must not be NULL");
  CHECK_STATUS(null, zest_tls_server(NULL, 0, &tls, &error));
  CHECK_CONTAINS(error.message, "context must not be NULL");
  CHECK_STATUS(null, zest_tls_context_server(NULL, &context, NULL));
  CHECK_STATUS(null, zest_tls_context_client(NULL, &context, NULL));
  CHECK_STATUS(null, zest_tls_context_free(NULL));
  CHECK_STATUS(ZEST_OK, zest_tls_context_free(&context));
  CHECK_STATUS(null, zest_tls_free(NULL));
  CHECK_STATUS(ZEST_OK, zest_tls_free(&tls));
  struct tls_pair pair = shaken(NULL, NULL, "localhost");
  const zest_tls_config client = client_config();
  CHECK_STATUS(null, zest_tls_context_client(&client, NULL, NULL));
  CHECK_STATUS(null, zest_tls_context_server(&client, NULL, NULL));
  CHECK_STATUS(null, zest_tls_server(pair.server_context, 0, NULL, NULL));
  CHECK_STATUS(null, zest_tls_client(pair.client_context, 0, "localhost", NULL, NULL));
  CHECK_STATUS(null, zest_tls_context_text(pair.client_context, NULL, 5, NULL));
  CHECK_STATUS(null, zest_tls_read(pair.client, NULL, 1, &count, NULL));
  CHECK_STATUS(null, zest_tls_read(pair.client, &byte, 1, NULL, NULL));
  CHECK_STATUS(ZEST_INVALID_ARGUMENT, zest_tls_read(pair.client, &byte, 0, &count, NULL));
  CHECK_STATUS(null, zest_tls_write(pair.client, NULL, 1, &count, NULL));
  CHECK_STATUS(null, zest_tls_write(pair.client, &byte, 1, NULL, NULL));
  CHECK_STATUS(ZEST_OK, zest_tls_write(pair.client, NULL, 0, &count, NULL));
  CHECK_STATUS(null, zest_tls_pending(pair.client, NULL));
  CHECK_STATUS(null, zest_tls_facts_get(pair.client, NULL));
  end_pair(&pair);
}

static void the_wrong_side_and_the_wrong_moment(void) {
  struct tls_pair pair = new_pair_of(NULL, NULL, "localhost");
  zest_tls* none = NULL;
  zest_error error;
  calls_answer(ZEST_WRONG_MODE, pair.client);
  calls_answer(ZEST_WRONG_MODE, pair.server);
  CHECK_STATUS(ZEST_WRONG_MODE, zest_tls_server(pair.client_context, 0, &none, &error));
  CHECK(error.message[0] != 0);
  CHECK_STATUS(ZEST_WRONG_MODE, zest_tls_client(pair.server_context, 0, "localhost", &none, NULL));
  const zest_status invalid = ZEST_INVALID_ARGUMENT;
  CHECK_STATUS(invalid, zest_tls_client(pair.client_context, 0, NULL, &none, &error));
  CHECK_CONTAINS(error.message, "server_name");
  CHECK_STATUS(invalid, zest_tls_client(pair.client_context, 0, "", &none, NULL));
  const char* names[] = {"a b", " ", "localhost:443", "a\nb", "caf\xc3\xa9", "a/b"};
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
    CHECK_STATUS(invalid, zest_tls_client(pair.client_context, 0, names[i], &none, &error));
    CHECK_CONTAINS(error.message, "server_name");
  }
  CHECK(none == NULL);
  char text[4] = "x";
  size_t needed = 0;
  CHECK_STATUS(invalid, zest_tls_context_text(pair.client_context, text, sizeof text, &needed));
  CHECK(text[3] == 0 && needed > sizeof text);
  end_pair(&pair);
}

static void fds_of_every_kind(void) {
  struct tls_pair pair = new_pair_of(NULL, NULL, "localhost");
  zest_tls* none = NULL;
  for (int kind = 0; kind < useless_fds; ++kind) {
    zest_error errors[2] = {{.message = ""}, {.message = ""}};
    const int fd = useless_fd(kind);
    CHECK_STATUS(ZEST_INVALID_ARGUMENT,
                 zest_tls_server(pair.server_context, fd, &none, &errors[0]));
    CHECK_STATUS(ZEST_INVALID_ARGUMENT,
                 zest_tls_client(pair.client_context, fd, "localhost", &none, &errors[1]));
    CHECK_CONTAINS(errors[0].message, "fd ");
    CHECK_CONTAINS(errors[1].message, "fd ");
    CHECK(none == NULL);
    if (is_open(fd)) close(fd); /* it was borrowed */
  }
  const int fd = reset_end(); /* the peer's doing: told by the handshake */
  CHECK_STATUS(ZEST_OK, zest_tls_server(pair.server_context, fd, &none, NULL));
  const zest_status said = zest_tls_handshake(none, NULL, NULL);
  CHECK(said == ZEST_SYSTEM || said == ZEST_TLS_TRUNCATED);
  char byte = 0;
  size_t got = 0;
  const zest_status read = zest_tls_read(none, &byte, 1, &got, NULL);
  CHECK(read == (said == ZEST_SYSTEM ? ZEST_SYSTEM : ZEST_WRONG_MODE));
  CHECK_STATUS(ZEST_OK, zest_tls_free(&none));
  close(fd);
  end_pair(&pair);
}

static void server_refuses(zest_tls_config config, zest_status expected, const char* words) {
  zest_tls_context* context = (zest_tls_context*)&config; /* must stay */
  zest_error error;
  CHECK_STATUS(expected, zest_tls_context_server(&config, &context, &error));
  CHECK_CONTAINS(error.message, words);
  CHECK(error.code == expected && context == (zest_tls_context*)&config);
}

static void certificate_refused(zest_tls_certificate certificate, zest_status expected,
                                const char* words) {
  server_refuses(server_config(&certificate), expected, words);
}

static void certificates_that_are_none(void) {
  const zest_status invalid = ZEST_INVALID_ARGUMENT;
  const zest_tls_certificate empty = ZEST_TLS_CERTIFICATE_INIT;
  zest_tls_certificate bad = certificate_of("server");
  certificate_refused(empty, invalid, "a certificate and a key");
  bad.key_file = NULL;
  certificate_refused(bad, invalid, "a certificate and a key");
  bad.key_file = path_of("other", ".key");
  certificate_refused(bad, invalid, "is not the key of");
  bad.key_file = path_of("server", ".pem");
  certificate_refused(bad, invalid, "holds no PEM private key");
  bad.key_file = "/nonexistent/key";
  certificate_refused(bad, ZEST_SYSTEM, "/nonexistent/key");
  bad.key_file = "-----BEGIN PRIVATE KEY-----";
  certificate_refused(bad, invalid, "a file is wanted");
  bad = certificate_of("server");
  bad.key = "both";
  bad.key_size = 4;
  certificate_refused(bad, invalid, "both a file and a text");
  bad.key_file = NULL;
  certificate_refused(bad, invalid, "holds no PEM");
  bad.key = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n";
  bad.key_size = strlen(bad.key);
  certificate_refused(bad, invalid, "PEM in memory: bad private key");
  bad.key_size = SIZE_MAX;
  certificate_refused(bad, invalid, "16 MiB");
  bad = certificate_of("server");
  bad.reserved = 1;
  certificate_refused(bad, ZEST_UNSUPPORTED, "zest_tls_certificate.reserved");
}

static void configurations_that_are_none(void) {
  const zest_status invalid = ZEST_INVALID_ARGUMENT, null = ZEST_NULL_ARGUMENT,
                    unknown = ZEST_UNSUPPORTED;
  const zest_tls_certificate certificate = certificate_of("server");
  static const char* const with_null[] = {NULL};
  static const char* const too_long[] = {"a protocol of too many bytes"};
  zest_tls_config config = ZEST_TLS_CONFIG_INIT;
  server_refuses(config, invalid, "either certificates or self_signed");
  config.certificate_count = 1;
  server_refuses(config, null, "certificates");
  config = server_config(&certificate);
  config.flags = 8;
  server_refuses(config, unknown, "zest_tls_config.flags");
  config = server_config(&certificate);
  config.clients = 3;
  server_refuses(config, unknown, "zest_tls_config.clients");
  config.clients = ZEST_TLS_CLIENTS_MAY;
  server_refuses(config, invalid, "needs ca_file");
  config = server_config(&certificate);
  config.kernel = 3;
  server_refuses(config, unknown, "zest_tls_config.kernel");
  config = server_config(&certificate);
  config.version_min = 0x0301;
  server_refuses(config, invalid, "version");
  config.version_min = ZEST_TLS_1_3;
  config.version_max = ZEST_TLS_1_2;
  server_refuses(config, invalid, "version_min");
  config = server_config(&certificate);
  config.alpn_count = 1;
  server_refuses(config, null, "alpn");
  config.alpn = with_null;
  server_refuses(config, null, "alpn[0]");
  config.alpn = too_long;
  server_refuses(config, invalid, "ALPN");
  config = server_config(&certificate);
  config.ciphers = "RC4-MD5";
  server_refuses(config, invalid, "RC4-MD5");
  config = server_config(&certificate);
  config.ticket_key_file = "/nonexistent/keys";
  server_refuses(config, ZEST_SYSTEM, "/nonexistent/keys");
  config = server_config(&certificate);
  config.session_timeout_s = 86401;
  server_refuses(config, invalid, "session_timeout_s");
  config = server_config(&certificate);
  config.reserved = 1;
  server_refuses(config, unknown, "zest_tls_config.reserved");
}

static zest_status server_with(void* nothing, void* config) {
  zest_tls_context* context = NULL;
  (void)nothing;
  const zest_status status = zest_tls_context_server(config, &context, NULL);
  zest_tls_context_free(&context);
  return status;
}
static zest_status client_with(void* nothing, void* config) {
  zest_tls_context* context = NULL;
  (void)nothing;
  const zest_status status = zest_tls_context_client(config, &context, NULL);
  zest_tls_context_free(&context);
  return status;
}
static zest_status certificate_with(void* nothing, void* certificate) {
  zest_tls_config config = ZEST_TLS_CONFIG_INIT;
  config.certificates = certificate;
  config.certificate_count = 1;
  return server_with(nothing, &config);
}
static zest_status facts_with(void* tls, void* facts) { return zest_tls_facts_get(tls, facts); }

static void struct_sizes(void) {
  /* None of which is good enough to be read from files, hundreds of times. */
  const zest_tls_config empty = ZEST_TLS_CONFIG_INIT;
  zest_tls_config two = empty;
  two.certificate_count = 2; /* and no certificates */
  const zest_tls_certificate none = ZEST_TLS_CERTIFICATE_INIT;
  check_sizes_of_in(&(struct sized){server_with, NULL, sizeof empty, 8}, &empty);
  check_sizes_of_in(&(struct sized){client_with, NULL, sizeof two, 8}, &two);
  check_sizes_of_in(&(struct sized){certificate_with, NULL, sizeof none, 8}, &none);
  struct tls_pair pair = shaken(NULL, NULL, "localhost");
  check_sizes_of_out(&(struct sized){facts_with, pair.client, sizeof(zest_tls_facts), 8});
  end_pair(&pair);
}

static int in_the_child(void* context) {
  struct tls_pair* pair = context;
  calls_answer(ZEST_FORKED, pair->client);
  also_answer(ZEST_FORKED, pair->server, pair->server_context);
  end_pair(pair);
  return 0;
}

static void a_forked_child_may_only_free(void) {
  struct tls_pair pair = shaken(NULL, NULL, "localhost");
  CHECK(in_child(in_the_child, &pair) == 0);
  CHECK(carries(pair.client, pair.server, 100000)); /* the parent goes on */
  end_pair(&pair);
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  make_certificates();
  RUN(null_is_a_status);
  RUN(the_wrong_side_and_the_wrong_moment);
  RUN(fds_of_every_kind);
  RUN(certificates_that_are_none);
  RUN(configurations_that_are_none);
  RUN(struct_sizes);
  RUN(a_forked_child_may_only_free);
  remove_certificates();
  return check_end();
}
