/* Counters: per shard, and their sum; what they say of a full queue and of a lack of fds. */
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "support.h"

static zest_service_stats all_of(const zest_service* service) {
  zest_service_stats stats = ZEST_SERVICE_STATS_INIT;
  CHECK_STATUS(ZEST_OK, zest_stats(service, &stats));
  return stats;
}

static zest_shard_stats shard_of(const zest_service* service, uint32_t shard) {
  zest_shard_stats stats = ZEST_SHARD_STATS_INIT;
  CHECK_STATUS(ZEST_OK, zest_shard_stats_get(service, shard, &stats));
  return stats;
}

enum { connections = 30 };

static void take_all(const zest_service* service, int count) {
  for (int i = 0; i < count; ++i) {
    zest_connection got = ZEST_CONNECTION_INIT;
    CHECK_STATUS(ZEST_OK, zest_next(service, &got, 5000));
    close(got.fd);
  }
}

static void the_sum_is_the_sum_of_the_shards(void) {
  zest_settings settings = ZEST_SETTINGS_INIT;
  settings.threads_per_address = 3;
  settings.backlog = 50;
  zest_report* report = NULL;
  zest_service* service = start("127.0.0.1:0", 1, &settings, &report);
  const uint16_t port = row_of(report, 0).address.port;
  int clients[connections];
  for (int i = 0; i < connections; ++i) clients[i] = connect_to(port);
  take_all(service, connections);
  const zest_service_stats all = all_of(service);
  CHECK(all.shards == 3 && all.total.struct_size == sizeof all.total);
  CHECK(all.total.accepted == connections && all.total.handed_over == connections);
  CHECK(all.total.queued == 0 && all.total.refused == 0 && all.total.kernel_queue == 0);
  CHECK(all.total.kernel_queue_max == 150);
  CHECK(all.total.health == ZEST_HEALTH_OK);
  uint64_t accepted = 0;
  uint64_t handed_over = 0;
  for (uint32_t i = 0; i < 3; ++i) {
    const zest_shard_stats one = shard_of(service, i);
    accepted += one.accepted;
    handed_over += one.handed_over;
    CHECK(one.kernel_queue_max == 50 && one.health == ZEST_HEALTH_OK);
  }
  CHECK(accepted == connections && handed_over == connections);
  for (int i = 0; i < connections; ++i) close(clients[i]);
  CHECK_STATUS(ZEST_OK, zest_report_free(&report));
  stop(service);
}

static void a_full_queue_pauses_and_loses_nothing(void) {
  zest_settings settings = ZEST_SETTINGS_INIT;
  settings.threads_per_address = 1;
  settings.queue_capacity = 4;
  zest_report* report = NULL;
  zest_service* service = start("127.0.0.1:0", 1, &settings, &report);
  const uint16_t port = row_of(report, 0).address.port;
  int clients[connections];
  for (int i = 0; i < connections; ++i) clients[i] = connect_to(port);
  usleep(100000);
  const zest_shard_stats full = shard_of(service, 0);
  CHECK(full.queue_full_pauses >= 1);
  CHECK(full.queued >= 4 && full.queued == full.accepted);
  CHECK(full.queued + full.kernel_queue == connections);
  CHECK(full.health == ZEST_HEALTH_OK);
  take_all(service, connections);
  CHECK(shard_of(service, 0).accepted == connections);
  for (int i = 0; i < connections; ++i) close(clients[i]);
  CHECK_STATUS(ZEST_OK, zest_report_free(&report));
  stop(service);
}

static int waits_for_health(const zest_service* service, uint32_t health) {
  for (int i = 0; i < 300; ++i) {
    if (all_of(service).total.health == health) return 1;
    usleep(10000);
  }
  return 0;
}

static void without_fds_it_is_degraded_until_there_are_some(void) {
  enum { few = 4 };
  uint16_t port = 0;
  zest_service* service = start_one(0, &port);
  int clients[few];
  struct hoard hoard;
  for (int i = 0; i < few; ++i) clients[i] = new_client();
  hoard_fds(&hoard, 1);
  for (int i = 0; i < few; ++i) connect_client(clients[i], port);
  CHECK(waits_for_health(service, ZEST_HEALTH_DEGRADED));
  const zest_service_stats now = all_of(service);
  CHECK(now.total.resource_pauses >= 1 && now.total.transient_errors == 0);
  CHECK(now.total.accepted == 2); /* one, and one in the place of zest's spare */
  give_fds_back(&hoard);
  take_all(service, few);
  CHECK(waits_for_health(service, ZEST_HEALTH_OK));
  for (int i = 0; i < few; ++i) close(clients[i]);
  stop(service);
}

/* From an older zest or a later one. */
static void a_longer_struct_is_cleared_at_its_end(void) {
  zest_service* service = start_one(0, NULL);
  struct {
    zest_service_stats stats;
    uint64_t later[2];
  } large;
  memset(&large, 0x5a, sizeof large);
  large.stats.struct_size = sizeof large;
  CHECK_STATUS(ZEST_OK, zest_stats(service, &large.stats));
  CHECK(large.stats.struct_size == sizeof large && large.stats.shards == 1);
  CHECK(large.later[0] == 0 && large.later[1] == 0);
  stop(service);
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  limit_fds();
  RUN(the_sum_is_the_sum_of_the_shards);
  RUN(a_full_queue_pauses_and_loses_nothing);
  RUN(without_fds_it_is_degraded_until_there_are_some);
  RUN(a_longer_struct_is_cleared_at_its_end);
  return check_end();
}
