#include "proxy/snapshot.h"

#include <algorithm>

#include "proxy/worker.h"

namespace zest::proxy {

namespace {

Details::Upstream figures_of(upstream::Group& group, int64_t now_ns) {
  Details::Upstream sum{.name = group.config().name};
  for (const upstream::Peer& peer : group.peers()) {
    ++sum.origins;
    sum.resting += peer.rests(now_ns);
    sum.active += peer.active.load(std::memory_order_relaxed);
    sum.requests += peer.requests.load(std::memory_order_relaxed);
    sum.connects += peer.connects.load(std::memory_order_relaxed);
    sum.connect_failures += peer.connect_failures.load(std::memory_order_relaxed);
  }
  return sum;
}

}  // namespace

Details details_of(const Setup& setup, int64_t now_ns) {
  Details details;
  for (const auto& group : setup.groups) details.upstreams.push_back(figures_of(*group, now_ns));
  for (const SharedListener& one : setup.listeners) {
    details.listeners.push_back({one.config.bind, one.place->connections.count()});
    if (one.tls)
      for (const auto& [file, until_s] : one.tls->expiries()) details.certificates[file] = until_s;
  }
  return details;
}

void add(Totals& sum, const Counters& one) {
  const auto plus = [](uint64_t& total, const Count& count) { total += count.get(); };
  const auto plus_all = [&](auto& totals, const auto& counts) {
    for (size_t i = 0; i < totals.size(); ++i) plus(totals[i], counts[i]);
  };
  plus(sum.connections_accepted, one.connections_accepted);
  plus(sum.connections_closed, one.connections_closed);
  plus(sum.connections_reset, one.connections_reset);
  plus(sum.connections_given, one.connections_given);
  plus(sum.requests, one.requests);
  plus(sum.hooked, one.hooked);
  plus_all(sum.answers, one.answers);
  plus(sum.bytes_from_clients, one.bytes_from_clients);
  plus(sum.bytes_to_clients, one.bytes_to_clients);
  plus(sum.bytes_from_origins, one.bytes_from_origins);
  plus(sum.bytes_to_origins, one.bytes_to_origins);
  plus_all(sum.timeouts, one.timeouts);
  plus_all(sum.limits, one.limits);
  plus(sum.upstream_connects, one.upstream_connects);
  plus(sum.upstream_connect_failures, one.upstream_connect_failures);
  plus(sum.upstream_reused, one.upstream_reused);
  plus(sum.upstream_retries, one.upstream_retries);
  plus(sum.upstream_closed_idle, one.upstream_closed_idle);
  plus(sum.accept_errors, one.accept_errors);
  plus_all(sum.refused, one.refused);
  plus(sum.proxy_headers, one.proxy_headers);
  plus(sum.tunnels, one.tunnels);
  plus(sum.datagrams_from_clients, one.datagrams_from_clients);
  plus(sum.datagrams_to_clients, one.datagrams_to_clients);
  plus(sum.datagrams_dropped, one.datagrams_dropped);
  plus_all(sum.tunnel_ends, one.tunnel_ends);
  plus(sum.handshakes, one.handshakes);
  plus(sum.handshakes_resumed, one.handshakes_resumed);
  plus(sum.handshakes_failed, one.handshakes_failed);
  plus(sum.upstream_tls_failures, one.upstream_tls_failures);
  plus(sum.kernel_taken, one.kernel_taken);
  plus(sum.kernel_refused, one.kernel_refused);
  plus_all(sum.latency, one.latency);
  plus(sum.latency_sum_us, one.latency_sum_us);
}

void add(Snapshot& sum, const WorkerFigures& one) {
  sum.connections += one.connections;
  sum.active += one.connections - std::min(one.parked.load(), one.connections.load());
  sum.idle_links += one.links_idle;
  sum.tunnels += one.tunnels;
  sum.spliced += one.spliced;
  sum.joined += one.joined;
  sum.kernel_bytes += one.kernel_bytes;
  sum.set_aside += one.set_aside;
  sum.aside_refused += one.aside_refused;
  sum.buffers_free += one.buffers_free;
  sum.io.enters += one.enters;
  sum.io.completions += one.completions;
  sum.io.cq_overflows += one.cq_overflows;
  sum.loops.turns += one.turns;
  sum.loops.rearmed += one.rearmed;
  sum.loops.stepped_down += one.stepped_down;
  sum.loops.starved += one.starved;
}

}  // namespace zest::proxy
