/* The whole life of a tunnel service through the C ABI, each time with another fallible call
 * failing. Only statuses: no crash, no hang, no leak, and what was given is closed or joined. */
#include <sys/socket.h>
#include <unistd.h>

#include "torture.h"
#include "tunnel_support.h"

/* A send that was made to fail as if the socket were broken leaves a side that nobody hears of any
 * more: the deadline ends that. */
enum { idle_ms = 200, patience_ms = 5000 };

static int is_answer(zest_status status) { return status == ZEST_OK || is_failure(status); }

/* Bytes may be lost with the tunnel, but their loss shows. */
static void talk_over(const zest_tunnel_service* service, const zest_tunnel_options* options) {
  struct far_ends ends;
  char bytes[8];
  CHECK(is_answer(try_join(service, options, &ends)));
  (void)send(ends.b, "hello", 5, MSG_NOSIGNAL);
  shutdown(ends.b, SHUT_WR);
  CHECK(readable(ends.a, patience_ms));
  (void)recv(ends.a, bytes, sizeof bytes, MSG_DONTWAIT);
  close_ends(&ends);
}

static void live_with(const zest_tunnel_settings* settings) {
  zest_tunnel_service* service = NULL;
  zest_error error;
  zest_status status = zest_tunnel_service_start(settings, &service, &error);
  CHECK(is_answer(status));
  CHECK((status == ZEST_OK) == (service != NULL));
  if (!service) return;
  zest_tunnel_options options = ZEST_TUNNEL_OPTIONS_INIT;
  options.preread_a = "abc";
  options.preread_a_size = 3;
  options.idle_timeout_ms = options.end_timeout_ms = idle_ms;
  talk_over(service, &options);
  options.engine = ZEST_TUNNEL_SPLICE;
  options.flags = ZEST_TUNNEL_SILENT;
  talk_over(service, &options);
  status = zest_tunnel_service_shutdown(service, patience_ms, NULL);
  CHECK(is_answer(status) || status == ZEST_TIMED_OUT);
  zest_tunnel_end ends[4] = {ZEST_TUNNEL_END_INIT};
  size_t count = 0;
  status = zest_tunnel_next(service, ends, 4, &count, 0);
  CHECK(is_answer(status) || status == ZEST_CLOSED);
  zest_tunnel_stats stats = ZEST_TUNNEL_STATS_INIT;
  CHECK(is_answer(zest_tunnel_stats_get(service, &stats)));
  CHECK(stats.open == 0);
  stop_tunnels(service);
}

static void live_as_it_comes(void) {
  const zest_tunnel_settings settings = small_settings();
  live_with(&settings);
}

static void live_on_epoll(void) {
  zest_tunnel_settings settings = small_settings();
  settings.backend = ZEST_TUNNEL_BACKEND_EPOLL;
  settings.flags = ZEST_TUNNEL_PIPE;
  live_with(&settings);
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  TORTURE(live_as_it_comes);
  TORTURE(live_on_epoll);
  return check_end();
}
