/* Tunnels through the C ABI: what passes, and how they end. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "proxy_support.h"
#include "support.h"
#include "tunnel_support.h"

enum { some_bytes = 3000000, many = 60 };

static const uint32_t backends[] = {ZEST_TUNNEL_BACKEND_AUTO, ZEST_TUNNEL_BACKEND_EPOLL};

static void passes_by(zest_tunnel_service* service, uint32_t engine) {
  zest_tunnel_options options = ZEST_TUNNEL_OPTIONS_INIT;
  options.engine = engine;
  options.context = 77 + engine;
  const struct far_ends ends = join(service, &options);
  CHECK(passes_both_ways(&ends, some_bytes));
  const zest_tunnel_end end = take_end(service);
  CHECK(end.end == ZEST_TUNNEL_DONE && end.id == ends.id && end.context == 77 + engine);
  CHECK(end.bytes_a_to_b == some_bytes && end.bytes_b_to_a == some_bytes);
  CHECK(end.began_ns > 0 && end.duration_ns > 0 && end.os_errno == 0);
  close_ends(&ends);
}

static void bytes_pass_both_ways_by_each_engine(void) {
  for (size_t i = 0; i < 2; ++i) {
    zest_tunnel_settings settings = small_settings();
    settings.backend = backends[i];
    settings.flags = ZEST_TUNNEL_LOAD_SOCKMAP;
    zest_tunnel_service* service = start_tunnels(&settings);
    for (uint32_t engine = ZEST_TUNNEL_AUTO; engine <= ZEST_TUNNEL_SOCKMAP; ++engine)
      passes_by(service, engine);
    const zest_tunnel_stats stats = tunnel_stats(service);
    CHECK(stats.joined == 4 && stats.ends[ZEST_TUNNEL_DONE] == 4 && stats.open == 0);
    CHECK(stats.bytes_a_to_b == 4 * some_bytes && stats.waiting == 0 && stats.threads == 1);
    CHECK(stats.sockmap == 1 || stats.note[0] != 0); /* if not, it says why */
    stop_tunnels(service);
  }
}

static void what_was_read_before_goes_first(void) {
  static char large[ZEST_TUNNEL_PREREAD_MAX];
  memset(large, 'x', sizeof large);
  zest_tunnel_service* service = start_tunnels(NULL);
  zest_tunnel_options options = ZEST_TUNNEL_OPTIONS_INIT;
  options.preread_a = large;
  options.preread_a_size = sizeof large;
  options.preread_b = "hello";
  options.preread_b_size = 5;
  const struct far_ends ends = join(service, &options);
  char bytes[16];
  CHECK(recv(ends.a, bytes, 5, MSG_WAITALL) == 5 && memcmp(bytes, "hello", 5) == 0);
  CHECK(send(ends.a, "last", 4, MSG_NOSIGNAL) == 4);
  static char heard[sizeof large + 4];
  CHECK(recv(ends.b, heard, sizeof heard, MSG_WAITALL) == sizeof heard);
  CHECK(memcmp(heard, large, sizeof large) == 0);
  CHECK(memcmp(heard + sizeof large, "last", 4) == 0);
  close_ends(&ends);
  const zest_tunnel_end end = take_end(service);
  CHECK(end.bytes_a_to_b == sizeof heard && end.bytes_b_to_a == 5);
  stop_tunnels(service);
}

static void local_sockets_can_be_joined(void) {
  zest_tunnel_service* service = start_tunnels(NULL);
  int a[2], b[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, a) == 0);
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, b) == 0);
  CHECK_STATUS(ZEST_OK, zest_tunnel_join(service, a[1], b[1], NULL, NULL, NULL));
  const struct far_ends ends = {.a = a[0], .b = b[0]};
  CHECK(passes_both_ways(&ends, some_bytes));
  CHECK(take_end(service).end == ZEST_TUNNEL_DONE);
  close_ends(&ends);
  stop_tunnels(service);
}

static void one_can_be_cancelled_by_its_id(void) {
  zest_tunnel_service* service = start_tunnels(NULL);
  const struct far_ends one = join(service, NULL);
  const struct far_ends other = join(service, NULL);
  CHECK_STATUS(ZEST_OK, zest_tunnel_cancel(service, one.id));
  const zest_tunnel_end end = take_end(service);
  CHECK(end.id == one.id && end.end == ZEST_TUNNEL_CANCELLED);
  CHECK(is_over(one.a) && is_over(one.b));
  CHECK_STATUS(ZEST_INVALID_ARGUMENT, zest_tunnel_cancel(service, one.id));
  CHECK_STATUS(ZEST_INVALID_ARGUMENT, zest_tunnel_drain(service, one.id));
  CHECK(passes_both_ways(&other, 1000));
  CHECK(take_end(service).id == other.id);
  close_ends(&one);
  close_ends(&other);
  stop_tunnels(service);
}

static void deadline_ends_it(zest_tunnel_options options, uint32_t expected, int drained) {
  zest_tunnel_service* service = start_tunnels(NULL);
  const struct far_ends ends = join(service, &options);
  if (drained) CHECK_STATUS(ZEST_OK, zest_tunnel_drain(service, ends.id));
  CHECK(take_end(service).end == expected);
  CHECK(is_over(ends.a) && is_over(ends.b));
  close_ends(&ends);
  stop_tunnels(service);
}

static void each_deadline_ends_it(void) {
  zest_tunnel_options options = ZEST_TUNNEL_OPTIONS_INIT;
  options.idle_timeout_ms = 30;
  deadline_ends_it(options, ZEST_TUNNEL_IDLE_TIMEOUT, 0);
  options.idle_timeout_ms = ZEST_TUNNEL_NEVER;
  options.total_timeout_ms = 30;
  deadline_ends_it(options, ZEST_TUNNEL_TOTAL_TIMEOUT, 0);
  options.total_timeout_ms = 0;
  options.end_timeout_ms = 30;
  deadline_ends_it(options, ZEST_TUNNEL_END_TIMEOUT, 1);
}

static void a_reset_is_a_broken_side(void) {
  zest_tunnel_service* service = start_tunnels(NULL);
  const struct linger hard = {.l_onoff = 1, .l_linger = 0};
  const struct far_ends ends = join(service, NULL);
  REQUIRE(setsockopt(ends.b, SOL_SOCKET, SO_LINGER, &hard, sizeof hard) == 0);
  close(ends.b);
  const zest_tunnel_end end = take_end(service);
  CHECK(end.end == ZEST_TUNNEL_B_BROKEN && end.os_errno != 0);
  CHECK(is_over(ends.a));
  close(ends.a);
  stop_tunnels(service);
}

static void many_share_two_threads(void) {
  zest_tunnel_settings settings = small_settings();
  settings.threads = 2;
  zest_tunnel_service* service = start_tunnels(&settings);
  static struct far_ends ends[many];
  for (int i = 0; i < many; ++i) ends[i] = join(service, NULL);
  CHECK(tunnel_stats(service).open == many && tunnel_stats(service).threads == 2);
  for (int i = 0; i < many; ++i) CHECK(passes_both_ways(&ends[i], 20000));
  for (int i = 0; i < many; ++i) CHECK(take_end(service).end == ZEST_TUNNEL_DONE);
  for (int i = 0; i < many; ++i) close_ends(&ends[i]);
  stop_tunnels(service);
}

/* Readers that stall hold all buffers: the newest gives way, until others can pass. */
static void one_gives_way_when_buffers_run_out(void) {
  zest_tunnel_settings settings = small_settings();
  settings.buffers = 2;
  zest_tunnel_service* service = start_tunnels(&settings);
  zest_tunnel_options options = ZEST_TUNNEL_OPTIONS_INIT;
  static char bytes[ZEST_TUNNEL_PREREAD_MAX];
  options.preread_a = bytes;
  options.preread_a_size = sizeof bytes; /* more than there are buffers for: it never begins */
  const struct far_ends ends = join(service, &options);
  const zest_tunnel_end end = take_end(service);
  CHECK(end.end == ZEST_TUNNEL_NO_MEMORY && tunnel_stats(service).shed == 1);
  CHECK(is_over(ends.a));
  close_ends(&ends);
  const struct far_ends other = join(service, NULL);
  CHECK(passes_both_ways(&other, 100000));
  close_ends(&other);
  stop_tunnels(service);
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  RUN(bytes_pass_both_ways_by_each_engine);
  RUN(what_was_read_before_goes_first);
  RUN(local_sockets_can_be_joined);
  RUN(one_can_be_cancelled_by_its_id);
  RUN(each_deadline_ends_it);
  RUN(a_reset_is_a_broken_side);
  RUN(many_share_two_threads);
  RUN(one_gives_way_when_buffers_run_out);
  return check_end();
}
