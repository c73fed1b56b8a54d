// The part of zest/proxy.h that only looks: statistics and the listeners.
#include <numeric>

#include "capi/address.h"
#include "capi/guard.h"
#include "capi/proxy_handle.h"
#include "capi/sized.h"

using namespace zest;
using namespace zest::capi;

namespace {

constexpr size_t stats_first_size = offsetof(zest_proxy_stats, hooked);

template <typename Counts>
uint64_t sum(const Counts& counts) {
  return std::accumulate(counts.begin(), counts.end(), uint64_t{0});
}

zest_proxy_stats stats_of(const proxy::Snapshot& now) {
  const proxy::Totals& totals = now.totals;
  zest_proxy_stats stats{.workers = now.workers,
                         .connections = now.connections,
                         .active = now.active,
                         .idle_links = now.idle_links,
                         .tunnels_open = now.tunnels,
                         .buffers = now.buffers,
                         .buffers_free = now.buffers_free,
                         .accept_queue = now.accept_queue,
                         .connections_accepted = totals.connections_accepted,
                         .connections_closed = totals.connections_closed,
                         .connections_reset = totals.connections_reset,
                         .requests = totals.requests,
                         .bytes_from_clients = totals.bytes_from_clients,
                         .bytes_to_clients = totals.bytes_to_clients,
                         .bytes_from_origins = totals.bytes_from_origins,
                         .bytes_to_origins = totals.bytes_to_origins,
                         .timeouts = sum(totals.timeouts),
                         .limits = sum(totals.limits),
                         .upstream_connects = totals.upstream_connects,
                         .upstream_connect_failures = totals.upstream_connect_failures,
                         .upstream_reused = totals.upstream_reused,
                         .upstream_retries = totals.upstream_retries,
                         .accept_errors = totals.accept_errors,
                         .tunnels = totals.tunnels,
                         .handshakes = totals.handshakes,
                         .handshakes_failed = totals.handshakes_failed,
                         .hooked = totals.hooked,
                         .hooks_waiting = now.hooks,
                         .connections_given = totals.connections_given};
  static_assert(sizeof stats.answers == sizeof totals.answers);
  std::ranges::copy(totals.answers, stats.answers);
  return stats;
}

zest_proxy_listener listener_of(const proxy::ListenerReport& from) {
  zest_proxy_listener listener{.sockets = from.sockets,
                               .backlog_effective = from.backlog_effective,
                               .encrypted = from.encrypted};
  write_address(from.address, listener.address);
  static_assert(sizeof listener.note == 256);
  memcpy(listener.note, from.note.c_str(), from.note.view().size() + 1);
  make_utf8(listener.note, from.note.view().size());
  return listener;
}

}  // namespace

zest_status zest_proxy_stats_get(const zest_proxy* proxy, zest_proxy_stats* out) {
  const zest_status ready = usable(proxy);
  if (ready != ZEST_OK) return ready;
  if (!out) return ZEST_NULL_ARGUMENT;
  if (!can_write(out, stats_first_size)) return ZEST_UNSUPPORTED;
  return guard([&]() -> zest_status {
    write_sized(out, stats_of(proxy->engine->snapshot()));
    return ZEST_OK;
  });
}

zest_status zest_proxy_listener_count(const zest_proxy* proxy, size_t* count) {
  const zest_status ready = usable(proxy);
  if (ready != ZEST_OK) return ready;
  if (!count) return ZEST_NULL_ARGUMENT;
  return guard([&]() -> zest_status {
    *count = proxy->engine->report().listeners.size();
    return ZEST_OK;
  });
}

zest_status zest_proxy_listener_get(const zest_proxy* proxy, size_t index,
                                    zest_proxy_listener* out) {
  const zest_status ready = usable(proxy);
  if (ready != ZEST_OK) return ready;
  if (!out) return ZEST_NULL_ARGUMENT;
  if (!can_write(out, sizeof(zest_proxy_listener))) return ZEST_UNSUPPORTED;
  return guard([&]() -> zest_status {
    const proxy::Report report = proxy->engine->report();
    if (index >= report.listeners.size()) return ZEST_INVALID_ARGUMENT;
    write_sized(out, listener_of(report.listeners[index]));
    return ZEST_OK;
  });
}
