/* TLS through the C ABI, both ends ours: what is carried, and how it ends. That others understand
 * us is tls_others_test.py's. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "support.h"
#include "tls_support.h"

enum { megabytes = 4000000 };

static void of_version(uint32_t version) {
  zest_tls_config config = client_config();
  config.version_min = config.version_max = version;
  struct tls_pair pair = shaken(&config, NULL, "localhost");
  CHECK(carries(pair.client, pair.server, megabytes));
  CHECK(carries(pair.server, pair.client, megabytes));
  CHECK(carries(pair.client, pair.server, 1));
  const zest_tls_facts client = facts_of(pair.client), server = facts_of(pair.server);
  CHECK(client.version == version && server.version == version && client.mode == ZEST_TLS_USER);
  CHECK(client.cipher_size > 0 && client.cipher_size == server.cipher_size);
  CHECK(text_is(server.server_name, server.server_name_size, "localhost"));
  CHECK(text_is(client.peer_subject, client.peer_subject_size, "CN=localhost"));
  CHECK(client.peer_fingerprint_size == 64 && server.peer_subject_size == 0);
  CHECK(client.alpn_size == 0 && !client.resumed);
  end_pair(&pair);
}

static void megabytes_pass_both_ways(void) {
  of_version(ZEST_TLS_1_2);
  of_version(ZEST_TLS_1_3);
}

static void the_name_chooses_the_certificate(void) {
  const zest_tls_certificate both[2] = {certificate_of("server"), certificate_of("other")};
  zest_tls_config server = server_config(both);
  server.certificate_count = 2;
  struct tls_pair pair = shaken(NULL, &server, "other.test");
  const zest_tls_facts facts = facts_of(pair.client);
  CHECK(text_is(facts.peer_subject, facts.peer_subject_size, "CN=other.test"));
  end_pair(&pair);
  pair = shaken(NULL, &server, "127.0.0.1"); /* which no client asks for by name */
  CHECK(facts_of(pair.server).server_name_size <= sizeof "127.0.0.1");
  end_pair(&pair);
}

static void the_best_protocol_of_both_is_taken(void) {
  static const char* const ours[] = {"h2", "http/1.1"};
  static const char* const theirs[] = {"spdy", "http/1.1"};
  const zest_tls_certificate certificate = certificate_of("server");
  zest_tls_config server = server_config(&certificate), client = client_config();
  server.alpn = ours;
  client.alpn = theirs;
  server.alpn_count = client.alpn_count = 2;
  struct tls_pair pair = shaken(&client, &server, "localhost");
  const zest_tls_facts facts = facts_of(pair.client);
  CHECK(text_is(facts.alpn, facts.alpn_size, "http/1.1"));
  end_pair(&pair);
  client.alpn_count = 1;
  pair = new_pair_of(&client, &server, "localhost");
  CHECK(!shake_hands(&pair));
  CHECK_STATUS(ZEST_TLS_FAILED, pair.server_said);
  CHECK_STATUS(ZEST_TLS_FAILED, pair.client_said);
  CHECK_CONTAINS(pair.client_error.message, "no application protocol");
  end_pair(&pair);
}

/* What was sent may still be on its way. */
static void read_expecting(zest_status expected, zest_tls* tls, int fd) {
  char byte;
  size_t got = 0;
  zest_status status;
  do {
    status = zest_tls_read(tls, &byte, 1, &got, NULL);
  } while (status == ZEST_WANT_READ && expected != ZEST_WANT_READ && readable(fd, 20000));
  CHECK_STATUS(expected, status);
}

static void an_end_and_a_truncation_are_told_apart(void) {
  struct tls_pair pair = shaken(NULL, NULL, "localhost");
  size_t taken = 0;
  read_expecting(ZEST_WANT_READ, pair.server, pair.server_fd);
  CHECK_STATUS(ZEST_OK, zest_tls_write(pair.client, "ab", 2, &taken, NULL));
  CHECK_STATUS(ZEST_OK, zest_tls_shutdown(pair.client, NULL));
  CHECK_STATUS(ZEST_OK, zest_tls_shutdown(pair.client, NULL));
  CHECK_STATUS(ZEST_CLOSED, zest_tls_write(pair.client, "c", 1, &taken, NULL));
  read_expecting(ZEST_OK, pair.server, pair.server_fd);
  size_t left = 0;
  CHECK_STATUS(ZEST_OK, zest_tls_pending(pair.server, &left));
  CHECK(left == 1);
  read_expecting(ZEST_OK, pair.server, pair.server_fd);
  read_expecting(ZEST_CLOSED, pair.server, pair.server_fd);
  read_expecting(ZEST_CLOSED, pair.server, pair.server_fd);
  CHECK(carries(pair.server, pair.client, 1000)); /* the other way goes on */
  shutdown(pair.server_fd, SHUT_WR);
  read_expecting(ZEST_TLS_TRUNCATED, pair.client, pair.client_fd);
  end_pair(&pair);
  pair = new_pair_of(NULL, NULL, "localhost");
  shutdown(pair.client_fd, SHUT_WR);
  CHECK_STATUS(ZEST_TLS_TRUNCATED, zest_tls_handshake(pair.server, NULL, NULL));
  end_pair(&pair);
}

static void a_record_that_was_changed_is_refused(void) {
  struct tls_pair pair = shaken(NULL, NULL, "localhost");
  static const char forged[] = "\x17\x03\x03\x00\x20 this was never encrypted at all!";
  CHECK(send(pair.client_fd, forged, sizeof forged - 1, MSG_NOSIGNAL) == sizeof forged - 1);
  CHECK(readable(pair.server_fd, 20000));
  read_expecting(ZEST_TLS_FAILED, pair.server, pair.server_fd);
  read_expecting(ZEST_TLS_FAILED, pair.server, pair.server_fd);
  read_expecting(ZEST_TLS_FAILED, pair.client, pair.client_fd); /* by an alert */
  end_pair(&pair);
}

static void a_full_socket_is_told(void) {
  struct tls_pair pair = shaken(NULL, NULL, "localhost");
  static char bytes[200000];
  zest_status status = ZEST_OK;
  size_t all = 0, taken = 0;
  while (status == ZEST_OK) {
    status = zest_tls_write(pair.client, bytes, sizeof bytes, &taken, NULL);
    all += taken;
  }
  CHECK_STATUS(ZEST_WANT_WRITE, status);
  const zest_status flushed = zest_tls_flush(pair.client, NULL); /* room may have come meanwhile */
  CHECK(flushed == ZEST_OK || flushed == ZEST_WANT_WRITE);
  size_t heard = 0, got = 0;
  while (heard < all || status == ZEST_WANT_WRITE) {
    if (status == ZEST_WANT_WRITE) status = zest_tls_shutdown(pair.client, NULL);
    if (zest_tls_read(pair.server, bytes, sizeof bytes, &got, NULL) == ZEST_OK) heard += got;
  }
  CHECK(heard == all);
  CHECK_STATUS(ZEST_OK, status);
  end_pair(&pair);
}

static void certificates_can_come_from_memory(void) {
  char* certificate = text_of(path_of("server", ".pem"));
  char* key = text_of(path_of("server", ".key"));
  char* ca = text_of(path_of("ca", ".pem"));
  zest_tls_certificate own = ZEST_TLS_CERTIFICATE_INIT;
  own.certificate = certificate;
  own.certificate_size = strlen(certificate);
  own.key = key;
  own.key_size = strlen(key);
  const zest_tls_config server = server_config(&own);
  zest_tls_config client = ZEST_TLS_CONFIG_INIT;
  client.ca = ca;
  client.ca_size = strlen(ca);
  struct tls_pair pair = shaken(&client, &server, "localhost");
  memset(key, 'x', strlen(key)); /* it was copied */
  CHECK(carries(pair.client, pair.server, 1000));
  end_pair(&pair);
  free(certificate);
  free(key);
  free(ca);
}

static void contexts_may_go_before_their_connections(void) {
  static const char* const names[] = {"localhost"};
  zest_tls_config server = ZEST_TLS_CONFIG_INIT, client = ZEST_TLS_CONFIG_INIT;
  server.self_signed = names;
  server.self_signed_count = 1;
  server.flags = ZEST_TLS_NO_TICKETS;
  client.flags = ZEST_TLS_NO_VERIFY;
  struct tls_pair pair = new_pair_of(&client, &server, "localhost");
  end_context(pair.client_context);
  end_context(pair.server_context);
  pair.client_context = pair.server_context = NULL;
  CHECK(shake_hands(&pair));
  CHECK(carries(pair.client, pair.server, 100000));
  CHECK_STATUS(ZEST_OK, zest_tls_context_free(&pair.client_context));
  end_pair(&pair);
}

/* Where this kernel has it, all works alike; where not, preferring it does. */
static void the_kernel_may_do_the_records(void) {
  const zest_tls_certificate certificate = certificate_of("server");
  zest_tls_config server = server_config(&certificate);
  zest_tls_context* context = NULL;
  zest_error error;
  char text[512];
  server.kernel = ZEST_TLS_KERNEL_REQUIRE;
  const int can = zest_tls_context_server(&server, &context, &error) == ZEST_OK;
  CHECK(can || error.message[0] != 0);
  if (can) end_context(context);
  server.kernel = ZEST_TLS_KERNEL_PREFER;
  struct tls_pair pair = shaken(NULL, &server, "localhost");
  CHECK_STATUS(ZEST_OK, zest_tls_context_text(pair.server_context, text, sizeof text, NULL));
  CHECK_CONTAINS(text, can ? "in the kernel" : "in user space: ");
  uint32_t mode = 77;
  CHECK_STATUS(ZEST_OK, zest_tls_handshake(pair.server, &mode, NULL));
  CHECK(mode == (can ? ZEST_TLS_KERNEL : ZEST_TLS_USER) && facts_of(pair.server).mode == mode);
  CHECK(carries(pair.client, pair.server, megabytes));
  CHECK(carries(pair.server, pair.client, megabytes));
  if (!can) CHECK_STATUS(ZEST_WRONG_MODE, zest_tls_hear(pair.server, NULL));
  CHECK_STATUS(ZEST_OK, zest_tls_shutdown(pair.server, NULL));
  CHECK_STATUS(ZEST_OK, zest_tls_shutdown(pair.client, NULL));
  read_expecting(ZEST_CLOSED, pair.client, pair.client_fd);
  read_expecting(ZEST_CLOSED, pair.server, pair.server_fd);
  end_pair(&pair);
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  make_certificates();
  RUN(megabytes_pass_both_ways);
  RUN(the_name_chooses_the_certificate);
  RUN(the_best_protocol_of_both_is_taken);
  RUN(an_end_and_a_truncation_are_told_apart);
  RUN(a_record_that_was_changed_is_refused);
  RUN(a_full_socket_is_told);
  RUN(certificates_can_come_from_memory);
  RUN(contexts_may_go_before_their_connections);
  RUN(the_kernel_may_do_the_records);
  remove_certificates();
  return check_end();
}
