#include "zproxy/metrics.h"

#include <algorithm>
#include <limits>

#include "zproxy/metric_list.h"
#include "zproxy/version.h"

namespace zest::zproxy {
namespace {

constexpr double us_per_s = 1e6;

double number(uint64_t n) { return static_cast<double>(n); }

void add_process(MetricList& list, const MetricsInput& input) {
  list.info("zest_build_info", "What runs here.", "version", version_text());
  list.gauge("zest_workers", "Worker threads that run.", input.snapshot.workers);
  list.family("zest_reloads_total", "Configurations read again, by what became of them.", "result");
  list.of("taken", number(input.reloads));
  list.of("refused", number(input.reload_failures));
  list.gauge("zest_draining", "1 while it comes to an end.", input.draining);
}

void add_connections(MetricList& list, const proxy::Snapshot& now) {
  const proxy::Totals& totals = now.totals;
  list.counter("zest_connections_accepted_total", "Connections taken from clients.",
               number(totals.connections_accepted));
  list.counter("zest_connections_closed_total", "Of these, ended.",
               number(totals.connections_closed));
  list.counter("zest_connections_reset_total", "Of these, reset by the client or broken.",
               number(totals.connections_reset));
  list.gauge("zest_connections_open", "Connections of clients.", number(now.connections));
  list.gauge("zest_connections_active", "Of these, with a request under way.", number(now.active));
  list.counter("zest_accept_errors_total", "Connections that could not be taken.",
               number(totals.accept_errors));
  list.gauge("zest_accept_queue_connections", "Waiting in the kernel to be taken.",
             number(now.accept_queue));
  list.gauge("zest_accept_queue_limit_connections", "How many may wait there.",
             number(now.accept_queue_max));
}

void add_requests(MetricList& list, const proxy::Totals& totals) {
  constexpr const char* classes[] = {"none", "1xx", "2xx", "3xx", "4xx", "5xx"};
  list.counter("zest_requests_total", "Requests begun, also those whose head was refused.",
               number(totals.requests));
  list.family("zest_responses_total", "Answers by class of status; none: no answer was sent.",
              "class");
  for (size_t i = 0; i < totals.answers.size(); ++i) list.of(classes[i], number(totals.answers[i]));
  std::vector<MetricList::Bucket> buckets;
  buckets.reserve(totals.latency.size());
  for (size_t i = 0; i < totals.latency.size(); ++i)
    buckets.push_back({.bound = i < proxy::latency_bound_us.size()
                                    ? proxy::latency_bound_us[i] / us_per_s
                                    : std::numeric_limits<double>::infinity(),
                       .count = totals.latency[i]});
  list.histogram("zest_request_duration_seconds",
                 "From a request's complete head to the end of its answer.", buckets,
                 number(totals.latency_sum_us) / us_per_s);
}

void add_handshakes(MetricList& list, const proxy::Totals& totals) {
  list.family("zest_tls_handshakes_total", "Handshakes of TLS with clients, by how they ended.",
              "result");
  list.of("full",
          number(totals.handshakes - std::min(totals.handshakes_resumed, totals.handshakes)));
  list.of("resumed", number(totals.handshakes_resumed));
  list.of("failed", number(totals.handshakes_failed));
  list.family(
      "zest_tls_kernel_total",
      "Connections with TLS that were to leave their records to the kernel: it took them, or "
      "it could not.",
      "result");
  list.of("taken", number(totals.kernel_taken));
  list.of("refused", number(totals.kernel_refused));
}

void add_bytes(MetricList& list, const proxy::Totals& totals) {
  list.counter("zest_client_received_bytes_total", "From clients.",
               number(totals.bytes_from_clients));
  list.counter("zest_client_sent_bytes_total", "To clients.", number(totals.bytes_to_clients));
  list.counter("zest_upstream_received_bytes_total", "From origins.",
               number(totals.bytes_from_origins));
  list.counter("zest_upstream_sent_bytes_total", "To origins.", number(totals.bytes_to_origins));
}

void add_refusals(MetricList& list, const proxy::Totals& totals) {
  list.family("zest_timeouts_total", "Deadlines that fired, by name.", "timeout");
  for (size_t i = 1; i < proxy::timeout_count; ++i)
    list.of(proxy::timeout_name(static_cast<proxy::Timeout>(i)), number(totals.timeouts[i]));
  list.family("zest_limits_hit_total", "Limits that were hit, by name.", "limit");
  for (size_t i = 1; i < proxy::limit_count; ++i)
    list.of(proxy::limit_name(static_cast<proxy::Limit>(i)), number(totals.limits[i]));
}

void add_upstreams(MetricList& list, const proxy::Snapshot& now) {
  const proxy::Totals& totals = now.totals;
  list.counter("zest_upstream_connects_total", "Attempts to connect to origins.",
               number(totals.upstream_connects));
  list.counter("zest_upstream_connect_failures_total", "Connections that could not be made.",
               number(totals.upstream_connect_failures));
  list.counter("zest_upstream_tls_failures_total",
               "Origins whose TLS failed, also just behind the handshake.",
               number(totals.upstream_tls_failures));
  list.counter("zest_upstream_reuses_total", "Requests sent on a pooled connection.",
               number(totals.upstream_reused));
  list.counter("zest_upstream_retries_total", "Requests sent again on another connection.",
               number(totals.upstream_retries));
  list.counter("zest_upstream_idle_closes_total", "Pooled connections that the origin closed.",
               number(totals.upstream_closed_idle));
  list.gauge("zest_upstream_idle_connections", "Pooled connections.", number(now.idle_links));
}

// One row for each upstream, whatever its origins: there may be thousands of those.
void add_each_upstream(MetricList& list, const std::vector<proxy::Details::Upstream>& upstreams) {
  using Upstream = proxy::Details::Upstream;
  const auto rows = [&](uint64_t Upstream::* figure) {
    for (const Upstream& one : upstreams) list.of(one.name, number(one.*figure));
  };
  list.family("zest_upstream_requests_total",
              "Times that a connection to an origin was put to use: for a request, or a tunnel.",
              "upstream");
  rows(&Upstream::requests);
  list.family("zest_upstream_origin_connects_total", "Attempts to connect to its origins.",
              "upstream");
  rows(&Upstream::connects);
  list.family("zest_upstream_origin_connect_failures_total", "Of these, that could not be made.",
              "upstream");
  rows(&Upstream::connect_failures);
  list.gauges("zest_upstream_active", "Requests and tunnels under way.", "upstream");
  rows(&Upstream::active);
  list.gauges("zest_upstream_origins", "Origins.", "upstream");
  rows(&Upstream::origins);
  list.gauges("zest_upstream_resting_origins",
              "Of these, resting: they could not be connected to (failure_pause_ms).", "upstream");
  rows(&Upstream::resting);
}

void add_each_listener(MetricList& list, const proxy::Details& details) {
  list.gauges("zest_listener_connections_open", "Connections of clients.", "listener");
  for (const proxy::Details::Listener& one : details.listeners)
    if (one.address.size() > 0)
      list.of(std::string(one.address.format().view()), number(one.connections));
  if (details.certificates.empty()) return;
  list.gauges("zest_certificate_expiry_timestamp_seconds",
              "When a listener's certificate expires, in Unix time.", "certificate");
  for (const auto& [file, until_s] : details.certificates)
    list.of(file, static_cast<double>(until_s));
}

void add_engines(MetricList& list, const proxy::Snapshot& now) {
  list.counter("zest_tunnel_splices_total", "Times that a way of a tunnel began to go by a pipe.",
               number(now.spliced));
  list.counter("zest_tunnel_kernel_joins_total", "Times that a tunnel joined the socket map.",
               number(now.joined));
  list.counter("zest_tunnel_kernel_bytes_total", "Bytes that the socket map passed on.",
               number(now.kernel_bytes));
  list.counter("zest_tunnel_set_aside_total",
               "Times that a stalled tunnel gave its receive buffers to others.",
               number(now.set_aside));
  list.counter("zest_tunnel_set_aside_refused_total",
               "Times that it kept them, since too much was set aside already.",
               number(now.aside_refused));
}

void add_tunnels(MetricList& list, const proxy::Snapshot& now) {
  const proxy::Totals& totals = now.totals;
  list.gauge("zest_tunnels_open", "Connections joined with another one.", number(now.tunnels));
  list.counter("zest_tunnels_total", "Tunnels begun.", number(totals.tunnels));
  list.family("zest_tunnel_ends_total", "Tunnels by how they ended.", "end");
  for (size_t i = 1; i < proxy::tunnel_end_count; ++i)
    list.of(proxy::tunnel_end_name(static_cast<proxy::TunnelEnd>(i)),
            number(totals.tunnel_ends[i]));
  list.counter("zest_datagrams_received_total", "Datagrams from clients.",
               number(totals.datagrams_from_clients));
  list.counter("zest_datagrams_sent_total", "Datagrams to clients.",
               number(totals.datagrams_to_clients));
  list.counter("zest_datagrams_dropped_total",
               "Datagrams from either side that could not be passed on.",
               number(totals.datagrams_dropped));
  list.counter("zest_proxy_headers_total", "PROXY headers taken.", number(totals.proxy_headers));
  list.family("zest_arrivals_refused_total", "Let go before they were served, by what was wrong.",
              "why");
  for (size_t i = 0; i < proxy::refused_count; ++i)
    list.of(proxy::refused_name(static_cast<proxy::Refused>(i)), number(totals.refused[i]));
}

void add_io(MetricList& list, const proxy::Snapshot& now) {
  list.info("zest_io_backend_info", "The event backend in use.", "backend",
            now.backend == io::BackendKind::uring ? "io_uring" : "epoll");
  list.counter("zest_io_enters_total", "System calls made to submit or wait.",
               number(now.io.enters));
  list.counter("zest_io_completions_total", "Completed operations.", number(now.io.completions));
  list.counter("zest_io_cq_overflows_total", "Turns that found the completion ring too small.",
               number(now.io.cq_overflows));
  list.counter("zest_io_turns_total", "Turns of the event loops.", number(now.loops.turns));
  list.counter("zest_io_rearms_total", "Repeating operations that were started again.",
               number(now.loops.rearmed));
  list.counter("zest_io_step_downs_total", "Kinds of operation this kernel does one by one.",
               number(now.loops.stepped_down));
  list.counter("zest_io_starvations_total", "Receives that waited for a free buffer.",
               number(now.loops.starved));
  list.gauge("zest_io_buffers", "Receive buffers.", number(now.buffers));
  list.gauge("zest_io_free_buffers", "Of these, free.", number(now.buffers_free));
}

void add_listen(MetricList& list, const sys::ListenCounters& listen) {
  list.counter("zest_namespace_listen_overflows_total",
               "Times an accept queue was full, in this network namespace.",
               number(listen.overflows));
  list.counter("zest_namespace_listen_drops_total",
               "Handshakes dropped by listening sockets, in this network namespace.",
               number(listen.drops));
}

void add_access_log(MetricList& list, const AccessLogTotals& log) {
  list.counter("zest_access_log_lines_total", "Lines written.", number(log.lines));
  list.counter("zest_access_log_dropped_lines_total", "Lines that found no room on their way.",
               number(log.dropped));
  list.counter("zest_access_log_lost_lines_total", "Lines that could not be written.",
               number(log.lost));
  list.counter("zest_access_log_errors_total", "Writes and openings that failed.",
               number(log.errors));
}

}  // namespace

std::string metrics_text(const MetricsInput& input) {
  MetricList list;
  add_process(list, input);
  add_connections(list, input.snapshot);
  add_handshakes(list, input.snapshot.totals);
  add_requests(list, input.snapshot.totals);
  add_bytes(list, input.snapshot.totals);
  add_refusals(list, input.snapshot.totals);
  add_upstreams(list, input.snapshot);
  add_each_upstream(list, input.details.upstreams);
  add_each_listener(list, input.details);
  add_tunnels(list, input.snapshot);
  add_engines(list, input.snapshot);
  add_io(list, input.snapshot);
  if (input.listen) add_listen(list, *input.listen);
  if (input.access_log) add_access_log(list, *input.access_log);
  return list.text();
}

}  // namespace zest::zproxy
