/* Every call of zest/tunnel.h with NULL, with structs of every size, with fds of every kind, with
 * values out of range, from a forked child: a status, nothing written, no fd left. */
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "proxy_support.h"
#include "struct_sizes.h"
#include "support.h"
#include "tunnel_support.h"

/* Each call that has a service and nothing else to be wrong. */
static void calls_answer(zest_status expected, const zest_tunnel_service* service) {
  zest_tunnel_end end = ZEST_TUNNEL_END_INIT;
  zest_tunnel_stats stats = ZEST_TUNNEL_STATS_INIT;
  size_t count = 77;
  int32_t fd = 77;
  CHECK_STATUS(expected, zest_tunnel_cancel(service, 1));
  CHECK_STATUS(expected, zest_tunnel_drain(service, 1));
  CHECK_STATUS(expected, zest_tunnel_next(service, &end, 1, &count, 0));
  CHECK_STATUS(expected, zest_tunnel_event_fd(service, &fd));
  CHECK_STATUS(expected, zest_tunnel_service_shutdown(service, 0, NULL));
  CHECK_STATUS(expected, zest_tunnel_service_cut(service));
  CHECK_STATUS(expected, zest_tunnel_stats_get(service, &stats));
  CHECK(count == 77 && fd == 77 && end.id == 0 && stats.threads == 0);
}

static void join_refuses(const zest_tunnel_service* service, int a, int b,
                         const zest_tunnel_options* options, zest_status expected) {
  zest_error error;
  uint64_t id = 77;
  CHECK_STATUS(expected, zest_tunnel_join(service, a, b, options, &id, &error));
  CHECK(error.code == expected && error.message[0] != 0 && id == 77);
  CHECK((a < 0 || !is_open(a)) && (b < 0 || !is_open(b))); /* they were taken */
}

static int good_end(void) {
  int ends[2];
  connected_pair(ends);
  close(ends[0]);
  return ends[1];
}

static void null_is_a_status(void) {
  const zest_status null = ZEST_NULL_ARGUMENT;
  zest_tunnel_service* service = NULL;
  zest_tunnel_end end = ZEST_TUNNEL_END_INIT;
  zest_error error;
  size_t count = 0;
  CHECK_STATUS(null, zest_tunnel_service_start(NULL, NULL, &error));
  CHECK_CONTAINS(error.message, "service must not be NULL");
  CHECK_STATUS(null, zest_tunnel_service_free(NULL));
  CHECK_STATUS(ZEST_OK, zest_tunnel_service_free(&service));
  calls_answer(null, NULL);
  join_refuses(NULL, good_end(), good_end(), NULL, null);
  CHECK_STATUS(null, zest_tunnel_join(NULL, -1, -1, NULL, NULL, &error));
  CHECK_CONTAINS(error.message, "service must not be NULL");
  service = start_tunnels(NULL);
  CHECK_STATUS(null, zest_tunnel_next(service, NULL, 1, &count, 0));
  CHECK_STATUS(null, zest_tunnel_next(service, &end, 1, NULL, 0));
  CHECK_STATUS(ZEST_INVALID_ARGUMENT, zest_tunnel_next(service, &end, 0, &count, 0));
  CHECK_STATUS(null, zest_tunnel_event_fd(service, NULL));
  CHECK_STATUS(null, zest_tunnel_stats_get(service, NULL));
  zest_tunnel_options options = ZEST_TUNNEL_OPTIONS_INIT;
  options.preread_b_size = 1;
  join_refuses(service, good_end(), good_end(), &options, null);
  stop_tunnels(service);
}

static void fds_of_every_kind(void) {
  zest_tunnel_service* service = start_tunnels(NULL);
  const zest_status invalid = ZEST_INVALID_ARGUMENT;
  join_refuses(service, -1, -1, NULL, invalid);
  const int twice = good_end();
  join_refuses(service, twice, twice, NULL, invalid);
  const int again = good_end();
  join_refuses(service, again, fcntl(again, F_DUPFD_CLOEXEC, 0), NULL, invalid);
  for (int kind = 0; kind < useless_fds; ++kind) {
    /* In this order: a closed fd's number is given anew. */
    const int good = good_end();
    join_refuses(service, useless_fd(kind), good, NULL, invalid);
    const int other = good_end();
    join_refuses(service, other, useless_fd(kind), NULL, invalid);
  }
  const int good = good_end();
  join_refuses(service, reset_end(), good, NULL, ZEST_SYSTEM); /* the peer's doing */
  CHECK(tunnel_stats(service).joined == 0);
  stop_tunnels(service);
}

static void start_refuses(zest_tunnel_settings settings, zest_status expected, const char* words) {
  zest_tunnel_service* service = (zest_tunnel_service*)&settings; /* must stay */
  zest_error error;
  CHECK_STATUS(expected, zest_tunnel_service_start(&settings, &service, &error));
  CHECK_CONTAINS(error.message, words);
  CHECK(service == (zest_tunnel_service*)&settings);
}

static void settings_out_of_range(void) {
  static const struct {
    size_t offset;
    uint32_t value;
    const char* words;
  } unknown[] =
      {
          {offsetof(zest_tunnel_settings, flags), 4, "zest_tunnel_settings.flags"},
          {offsetof(zest_tunnel_settings, backend), 3, "zest_tunnel_settings.backend"},
          {offsetof(zest_tunnel_settings, reserved), 1, "zest_tunnel_settings.reserved"},
      },
    bad[] = {
        {offsetof(zest_tunnel_settings, threads), 1025, "threads"},
        {offsetof(zest_tunnel_settings, tunnels), 4194305, "tunnels"},
        {offsetof(zest_tunnel_settings, buffers), 65536, "buffers"},
        {offsetof(zest_tunnel_settings, buffers), 48, "buffers"},
        {offsetof(zest_tunnel_settings, buffer_size), 4095, "buffer_size"},
        {offsetof(zest_tunnel_settings, buffer_size), 1048577, "buffer_size"},
    };
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; ++i) {
    zest_tunnel_settings settings = ZEST_TUNNEL_SETTINGS_INIT;
    memcpy((char*)&settings + bad[i].offset, &bad[i].value, sizeof bad[i].value);
    start_refuses(settings, ZEST_INVALID_ARGUMENT, bad[i].words);
  }
  for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; ++i) {
    zest_tunnel_settings settings = ZEST_TUNNEL_SETTINGS_INIT;
    memcpy((char*)&settings + unknown[i].offset, &unknown[i].value, sizeof unknown[i].value);
    start_refuses(settings, ZEST_UNSUPPORTED, unknown[i].words);
  }
}

static void options_out_of_range(void) {
  zest_tunnel_service* service = start_tunnels(NULL);
  zest_tunnel_options options = ZEST_TUNNEL_OPTIONS_INIT;
  options.flags = 2;
  join_refuses(service, good_end(), good_end(), &options, ZEST_UNSUPPORTED);
  options.flags = 0;
  options.engine = 4;
  join_refuses(service, good_end(), good_end(), &options, ZEST_UNSUPPORTED);
  options.engine = 0;
  options.preread_a = &options;
  options.preread_a_size = ZEST_TUNNEL_PREREAD_MAX + 1;
  join_refuses(service, good_end(), good_end(), &options, ZEST_INVALID_ARGUMENT);
  stop_tunnels(service);
}

static zest_status start_with(void* nothing, void* settings) {
  zest_tunnel_service* service = NULL;
  (void)nothing;
  const zest_status status = zest_tunnel_service_start(settings, &service, NULL);
  zest_tunnel_service_free(&service);
  return status;
}
static zest_status join_with(void* service, void* options) {
  return zest_tunnel_join(service, -1, -1, options, NULL, NULL);
}
static zest_status next_with(void* service, void* end) {
  size_t count = 0;
  return zest_tunnel_next(service, end, 1, &count, 0);
}
static zest_status stats_with(void* service, void* stats) {
  return zest_tunnel_stats_get(service, stats);
}
static zest_status shutdown_with(void* service, void* receipt) {
  return zest_tunnel_service_shutdown(service, 0, receipt);
}

static void struct_sizes(void) {
  zest_tunnel_service* service = start_tunnels(NULL);
  zest_tunnel_settings settings = small_settings();
  settings.backend = ZEST_TUNNEL_BACKEND_EPOLL; /* the cheapest to start */
  const zest_tunnel_options options = ZEST_TUNNEL_OPTIONS_INIT;
  check_sizes_of_in(&(struct sized){start_with, NULL, sizeof settings, 4}, &settings);
  check_sizes_of_in(&(struct sized){join_with, service, sizeof options, 8}, &options);
  check_sizes_of_out(&(struct sized){next_with, service, sizeof(zest_tunnel_end), 8});
  check_sizes_of_out(&(struct sized){stats_with, service, sizeof(zest_tunnel_stats), 8});
  check_sizes_of_out(&(struct sized){shutdown_with, service, sizeof(zest_tunnel_receipt), 8});
  stop_tunnels(service);
}

static int in_the_child(void* context) {
  zest_tunnel_service* service = context;
  calls_answer(ZEST_FORKED, service);
  join_refuses(service, good_end(), good_end(), NULL, ZEST_FORKED);
  CHECK_STATUS(ZEST_OK, zest_tunnel_service_free(&service));
  CHECK(service == NULL);
  return 0;
}

static void a_forked_child_may_only_free(void) {
  zest_tunnel_service* service = start_tunnels(NULL);
  CHECK(in_child(in_the_child, service) == 0);
  const struct far_ends ends = join(service, NULL);
  CHECK(passes_both_ways(&ends, 10000)); /* the parent goes on */
  close_ends(&ends);
  stop_tunnels(service);
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  RUN(null_is_a_status);
  RUN(fds_of_every_kind);
  RUN(settings_out_of_range);
  RUN(options_out_of_range);
  RUN(struct_sizes);
  RUN(a_forked_child_may_only_free);
  return check_end();
}
