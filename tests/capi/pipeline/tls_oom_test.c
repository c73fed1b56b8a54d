/* The whole life of two TLS connections through the C ABI, each time with another fallible call
 * failing. Only statuses: no crash, no hang, no leak. */
#include <sys/socket.h>
#include <unistd.h>

#include "proxy_support.h"
#include "tls_support.h"
#include "torture.h"

static int is_tls_failure(zest_status status) {
  return status == ZEST_TLS_FAILED || status == ZEST_TLS_TRUNCATED || is_failure(status);
}

static int is_answer(zest_status status) { return status == ZEST_OK || is_tls_failure(status); }

static int made(zest_status status, const void* handle) {
  CHECK(is_answer(status));
  CHECK((status == ZEST_OK) == (handle != NULL));
  return handle != NULL;
}

static int make_pair(struct tls_pair* pair) {
  const zest_tls_certificate certificate = certificate_of("server");
  const zest_tls_config server = server_config(&certificate), client = client_config();
  zest_error error;
  return made(zest_tls_context_client(&client, &pair->client_context, &error),
              pair->client_context) &&
         made(zest_tls_context_server(&server, &pair->server_context, &error),
              pair->server_context) &&
         made(zest_tls_client(pair->client_context, pair->client_fd, "localhost", &pair->client,
                              &error),
              pair->client) &&
         made(zest_tls_server(pair->server_context, pair->server_fd, &pair->server, &error),
              pair->server);
}

static void talk_over(struct tls_pair* pair) {
  char bytes[1000] = "";
  size_t count = 0;
  if (!shake_hands(pair)) {
    CHECK(is_tls_failure(pair->client_said) || is_tls_failure(pair->server_said));
    return;
  }
  zest_status status = zest_tls_write(pair->client, bytes, sizeof bytes, &count, NULL);
  CHECK(is_answer(status) || status == ZEST_WANT_WRITE);
  status = zest_tls_read(pair->server, bytes, sizeof bytes, &count, NULL);
  CHECK(is_answer(status) || status == ZEST_WANT_READ);
  status = zest_tls_shutdown(pair->server, NULL);
  CHECK(is_answer(status) || status == ZEST_WANT_WRITE);
  zest_tls_facts facts = ZEST_TLS_FACTS_INIT;
  CHECK(is_answer(zest_tls_facts_get(pair->server, &facts)));
}

static void live(void) {
  struct tls_pair pair = {.client_said = ZEST_WANT_READ, .server_said = ZEST_WANT_READ};
  int ends[2];
  connected_pair(ends);
  pair.client_fd = ends[0];
  pair.server_fd = ends[1];
  if (make_pair(&pair)) talk_over(&pair);
  end_pair(&pair);
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  make_certificates();
  live(); /* OpenSSL keeps what it has looked up once */
  TORTURE(live);
  remove_certificates();
  return check_end();
}
