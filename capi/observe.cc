// The part of zest/acceptor.h that only looks: statistics and the setup report.
#include <zest/acceptor.h>

#include "capi/address.h"
#include "capi/guard.h"
#include "capi/handles.h"
#include "capi/sized.h"
#include "sys/system.h"

using namespace zest;
using namespace zest::capi;

static_assert(ZEST_HEALTH_OK == static_cast<uint32_t>(acceptor::Health::ok));
static_assert(ZEST_HEALTH_DEGRADED == static_cast<uint32_t>(acceptor::Health::degraded));
static_assert(ZEST_HEALTH_FAILED == static_cast<uint32_t>(acceptor::Health::failed));

namespace {

zest_shard_stats stats_of(const acceptor::Service& engine, uint32_t shard) {
  const acceptor::ShardStats now = engine.stats(shard);
  const acceptor::Counters& counters = *now.counters;
  // In this order: where it goes on meanwhile, nothing may seem handed over that was not accepted.
  const uint64_t handed_over = counters.handed_over.get();
  const uint64_t refused = counters.refused.get();
  zest_shard_stats stats{.struct_size = sizeof(zest_shard_stats),
                         .health = static_cast<uint32_t>(now.health),
                         .accepted = counters.accepted.get(),
                         .handed_over = handed_over,
                         .refused = refused,
                         .queued = now.queued,
                         .queue_full_pauses = counters.queue_full_pauses.get(),
                         .resource_pauses = counters.resource_pauses.get(),
                         .transient_errors = counters.transient.total(),
                         .kernel_queue = now.kernel_queue,
                         .kernel_queue_max = now.kernel_queue_max,
                         .wakeups = counters.wakeups.get()};
  const auto& kinds = counters.transient.by_errno();
  for (size_t i = 0; i < kinds.size(); ++i) {
    stats.transient_by_errno[i][0] = static_cast<uint64_t>(kinds[i].os_errno.load());
    stats.transient_by_errno[i][1] = kinds[i].count.get();
  }
  return stats;
}

void add_errno(zest_shard_stats& total, uint64_t os_errno, uint64_t count) {
  if (count == 0) return;
  for (auto& [known, sum] : total.transient_by_errno) {
    if (known != 0 && known != os_errno) continue;
    known = os_errno;
    sum += count;
    return;
  }
}

void add(zest_shard_stats& total, const zest_shard_stats& one) {
  total.accepted += one.accepted;
  total.handed_over += one.handed_over;
  total.refused += one.refused;
  total.queued += one.queued;
  total.queue_full_pauses += one.queue_full_pauses;
  total.resource_pauses += one.resource_pauses;
  total.transient_errors += one.transient_errors;
  total.kernel_queue += one.kernel_queue;
  total.kernel_queue_max += one.kernel_queue_max;
  total.wakeups += one.wakeups;
  for (const auto& [os_errno, count] : one.transient_by_errno) add_errno(total, os_errno, count);
}

// One bad shard degrades the service; it has failed when none is left.
uint32_t worst(uint32_t shards, uint32_t degraded, uint32_t failed) {
  if (failed == shards) return ZEST_HEALTH_FAILED;
  return degraded + failed > 0 ? ZEST_HEALTH_DEGRADED : ZEST_HEALTH_OK;
}

zest_report_row row_of(const acceptor::ReportRow& from) {
  zest_report_row row{.struct_size = sizeof(zest_report_row),
                      .status = status_of(from.status),
                      .os_errno = from.os_errno,
                      .shard = from.shard,
                      .listener_id = from.listener_id,
                      .protocol = static_cast<uint32_t>(from.protocol),
                      .reuseport = from.reuseport,
                      .backend = static_cast<uint32_t>(from.backend),
                      .steering = static_cast<uint32_t>(from.steering),
                      .cpu = from.cpu,
                      .numa_node = from.numa_node,
                      .backlog_asked = from.backlog_asked,
                      .backlog_effective = from.backlog_effective};
  write_address(from.address, row.address);
  static_assert(sizeof row.thread_name == 80 && sizeof row.note == 256);
  memcpy(row.thread_name, from.thread_name.c_str(), from.thread_name.view().size() + 1);
  memcpy(row.note, from.note.c_str(), from.note.view().size() + 1);
  make_utf8(row.note, from.note.view().size());
  return row;
}

static_assert(ZEST_TCP == static_cast<uint32_t>(net::Protocol::tcp));
static_assert(ZEST_UDP == static_cast<uint32_t>(net::Protocol::udp));
static_assert(ZEST_UNIX == static_cast<uint32_t>(net::Protocol::local));
static_assert(ZEST_BACKEND_IO_URING == static_cast<uint32_t>(io::BackendKind::uring));
static_assert(ZEST_BACKEND_EPOLL == static_cast<uint32_t>(io::BackendKind::epoll));
static_assert(ZEST_STEER_HASH == static_cast<uint32_t>(acceptor::Steering::hash));
static_assert(ZEST_STEER_CPU == static_cast<uint32_t>(acceptor::Steering::cpu));
static_assert(ZEST_STEER_LESS_LOADED == static_cast<uint32_t>(acceptor::Steering::less_loaded));

}  // namespace

zest_status zest_stats(const zest_service* service, zest_service_stats* out) {
  if (!service || !out) return ZEST_NULL_ARGUMENT;
  if (service->engine->forked()) return ZEST_FORKED;
  if (!can_write(out, sizeof(zest_service_stats))) return ZEST_UNSUPPORTED;
  return guard([&]() -> zest_status {
    const acceptor::Service& engine = *service->engine;
    zest_service_stats stats{.shards = engine.shard_count(),
                             .total = {.struct_size = sizeof(zest_shard_stats)}};
    uint32_t degraded = 0;
    uint32_t failed = 0;
    for (uint32_t shard = 0; shard < stats.shards; ++shard) {
      const zest_shard_stats one = stats_of(engine, shard);
      degraded += one.health == ZEST_HEALTH_DEGRADED;
      failed += one.health == ZEST_HEALTH_FAILED;
      add(stats.total, one);
    }
    stats.total.health = worst(stats.shards, degraded, failed);
    if (const auto counters = sys::listen_counters()) {
      stats.listen_overflows = counters->overflows;
      stats.listen_drops = counters->drops;
    }
    write_sized(out, stats);
    return ZEST_OK;
  });
}

zest_status zest_shard_stats_get(const zest_service* service, uint32_t shard,
                                 zest_shard_stats* out) {
  if (!service || !out) return ZEST_NULL_ARGUMENT;
  if (service->engine->forked()) return ZEST_FORKED;
  if (!can_write(out, sizeof(zest_shard_stats))) return ZEST_UNSUPPORTED;
  if (shard >= service->engine->shard_count()) return ZEST_INVALID_ARGUMENT;
  return guard([&]() -> zest_status {
    write_sized(out, stats_of(*service->engine, shard));
    return ZEST_OK;
  });
}

zest_status zest_report_count(const zest_report* report, size_t* count) {
  if (!report || !count) return ZEST_NULL_ARGUMENT;
  *count = report->engine.rows.size();
  return ZEST_OK;
}

zest_status zest_report_row_get(const zest_report* report, size_t index, zest_report_row* out) {
  if (!report || !out) return ZEST_NULL_ARGUMENT;
  if (!can_write(out, sizeof(zest_report_row))) return ZEST_UNSUPPORTED;
  if (index >= report->engine.rows.size()) return ZEST_INVALID_ARGUMENT;
  return guard([&]() -> zest_status {
    write_sized(out, row_of(report->engine.rows[index]));
    return ZEST_OK;
  });
}

zest_status zest_report_text(const zest_report* report, char* text, size_t size, size_t* needed) {
  if (!report || (!text && size > 0)) return ZEST_NULL_ARGUMENT;
  return guard([&]() -> zest_status {
    std::string table = acceptor::format(report->engine);
    make_utf8(table.data(), table.size());
    if (needed) *needed = table.size() + 1;
    if (size > 0) {
      const size_t fits = std::min(table.size(), size - 1);
      memcpy(text, table.data(), fits);
      text[fits] = 0;
    }
    return size > table.size() ? ZEST_OK : ZEST_INVALID_ARGUMENT;
  });
}

zest_status zest_report_free(zest_report** report) {
  if (!report) return ZEST_NULL_ARGUMENT;
  delete *report;
  *report = nullptr;
  return ZEST_OK;
}
