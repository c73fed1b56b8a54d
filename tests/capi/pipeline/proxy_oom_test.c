/* The whole life of a proxy through the C ABI, each time with another fallible call failing. Only
 * statuses: no crash, no hang, no leak, and what was handed over is closed or served. */
#include "proxy_support.h"
#include "torture.h"

enum { answer_ms = 3000 };

static struct origin origin;

static void handed_over(const zest_proxy* proxy) {
  int ends[2];
  connected_pair(ends);
  const zest_status status = zest_proxy_serve(proxy, ends[1], 2, NULL);
  CHECK(status == ZEST_OK || is_failure(status));
  (void)ask_within(ends[0], answer_ms); /* a 5xx, or a closed connection, will do */
  close(ends[0]);
}

static void look(const zest_proxy* proxy) {
  zest_proxy_stats stats = ZEST_PROXY_STATS_INIT;
  zest_status status = zest_proxy_stats_get(proxy, &stats);
  CHECK(status == ZEST_OK || is_failure(status));
  zest_proxy_listener listener = ZEST_PROXY_LISTENER_INIT;
  status = zest_proxy_listener_get(proxy, 0, &listener);
  CHECK(status == ZEST_OK || is_failure(status));
}

static void live(const char* io) {
  char text[config_max], bytes[256];
  zest_proxy_text said = {.bytes = bytes, .size = sizeof bytes};
  write_config(text, origin.port, io);
  const zest_proxy_config config = config_of(text);
  zest_proxy* proxy = NULL;
  zest_error error;
  zest_status status = zest_proxy_start(&config, &proxy, &said, &error);
  CHECK(status == ZEST_OK || is_failure(status));
  CHECK((status == ZEST_OK) == (proxy != NULL));
  if (!proxy) return;
  handed_over(proxy);
  look(proxy);
  status = zest_proxy_reload(proxy, &config, &said, &error);
  CHECK(status == ZEST_OK || is_failure(status));
  status = zest_proxy_drain(proxy, 2000, NULL);
  CHECK(status == ZEST_OK || status == ZEST_TIMED_OUT || is_failure(status));
  stop_proxy(proxy);
}

static void live_as_it_comes(void) { live(""); }
static void live_on_epoll(void) { live("io.backend = \"epoll\""); }

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  start_origin(&origin);
  TORTURE(live_as_it_comes);
  TORTURE(live_on_epoll);
  stop_origin(&origin);
  return check_end();
}
