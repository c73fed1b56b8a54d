#include "config/keys.h"

#include "config/texts.h"
#include "config/tls_keys.h"

namespace zest::config {
namespace {

using http::Limits;
using proxy::CertificateFields;
using proxy::Config;
using proxy::ForwardedConfig;
using proxy::ListenerConfig;
using proxy::RouteConfig;
using upstream::GroupConfig;
using Bounds = proxy::Limits;
using Times = proxy::Timeouts;

constexpr int64_t day_ms = 86'400'000;
constexpr int64_t many = 10'000'000;

// In the order of their enums.
constexpr const char* log_levels[] = {"trace", "debug", "info", "warn", "error", "off"};
constexpr const char* backends[] = {"auto", "io_uring", "epoll"};
constexpr const char* send_zc_choices[] = {"off", "auto"};
constexpr const char* forwarded_modes[] = {"append", "replace", "off"};
constexpr const char* modes[] = {"http", "tcp", "udp"};
constexpr const char* proxy_protocols[] = {"off", "trusted", "required"};
constexpr const char* sent_versions[] = {"off", "v1", "v2"};
constexpr const char* tunnel_engines[] = {"auto", "copy", "splice", "sockmap"};
constexpr const char* redirects[] = {"off", "https"};
constexpr const char* field_names = "X- and up to 62 letters, digits or -";
constexpr const char* strategies[] = {"round_robin", "least_connections"};

constexpr Key<Settings> top[] = {
    number<&Settings::proxy, &Config::workers>("workers", 0, 1024),
    flag<&Settings::proxy, &Config::pin_cpus>("pin_cpus"),
    number<&Settings::proxy, &Config::connections>("max_connections", 0, many),
    number<&Settings::proxy, &Config::drain_timeout_ms>("drain_timeout_ms", 0, day_ms),
    choice<log_levels, &Settings::log_level>("log_level"),
    number<&Settings::proxy, &Config::hook_queue>("hook_queue", 1, 1 << 20),
    text<&Settings::access_log>("access_log", "`off`, `stdout` or a path", path_objection),
};

constexpr Key<Settings> io[] = {
    choice<backends, &Settings::proxy, &Config::backend>("backend"),
    power_of_two<&Settings::proxy, &Config::sq_depth>("sq_depth", 8, 32768),
    power_of_two<&Settings::proxy, &Config::buf_count>("buf_count", 16, 32768),
    number<&Settings::proxy, &Config::buf_size>("buf_size", 4096, 1 << 20),
    flag<&Settings::proxy, &Config::sqpoll>("sqpoll"),
    choice<tunnel_engines, &Settings::proxy, &Config::tunnel_engine>("tunnel"),
    choice<send_zc_choices, &Settings::send_zc>("send_zc"),
};

constexpr Key<Settings> admin[] = {required(address<&Settings::admin>("bind"))};

constexpr auto limits = &ListenerConfig::limits;
constexpr auto timeouts = &ListenerConfig::timeouts;
constexpr auto told = &ListenerConfig::forwarded;
constexpr auto shown = &ListenerConfig::certificate_fields;

constexpr Key<ListenerConfig> listener[] = {
    address<&ListenerConfig::bind>("bind"),
    number<&ListenerConfig::id>("id", 0, INT64_MAX),
    choice<modes, &ListenerConfig::mode>("mode"),
    text<&ListenerConfig::upstream_name>("upstream", "an upstream's name", name_objection),
    flag<&ListenerConfig::sni_routes>("sni_routes"),
    choice<proxy_protocols, &ListenerConfig::proxy_protocol>("proxy_protocol"),
    destinations<&ListenerConfig::connects>("connect_to"),
    number<&ListenerConfig::backlog>("backlog", 1, 1 << 20),
    number<limits, &Bounds::connections>("max_connections", 1, many),
    number<limits, &Bounds::connections_per_client>("max_connections_per_client", 0, many),
    number<limits, &Bounds::requests_per_connection>("max_requests_per_connection", 0, 1 << 30),
    number<limits, &Bounds::head, &Limits::head_bytes>("max_head_bytes", 512, 65536),
    number<limits, &Bounds::head, &Limits::request_line>("max_request_line", 64, 65536),
    number<limits, &Bounds::head, &Limits::fields>("max_fields", 1, 255),
    number<limits, &Bounds::body_bytes>("max_body_bytes", 0, int64_t{1} << 50),
    number<timeouts, &Times::idle_ms>("connection_timeout_ms", 1, day_ms),
    number<timeouts, &Times::head_ms>("head_timeout_ms", 1, day_ms),
    number<timeouts, &Times::body_ms>("body_timeout_ms", 1, day_ms),
    number<timeouts, &Times::send_ms>("send_timeout_ms", 1, day_ms),
    number<timeouts, &Times::exchange_ms>("exchange_timeout_ms", 1, day_ms),
    number<timeouts, &Times::linger_ms>("linger_timeout_ms", 1, day_ms),
    special<ListenerConfig>("tls", "\"self-signed\" or a table", "none", read_listener_tls),
    number<timeouts, &Times::handshake_ms>("handshake_timeout_ms", 1, day_ms),
    number<limits, &Bounds::handshakes>("max_handshakes", 1, many),
    number<timeouts, &Times::preface_ms>("preface_timeout_ms", 1, day_ms),
    number<timeouts, &Times::connect_ms>("connect_timeout_ms", 1, day_ms),
    number<timeouts, &Times::tunnel_idle_ms>("tunnel_idle_timeout_ms", 1, 7 * day_ms),
    number<timeouts, &Times::tunnel_end_ms>("tunnel_end_timeout_ms", 1, day_ms),
    number<timeouts, &Times::tunnel_total_ms>("tunnel_total_timeout_ms", 0, 30 * day_ms),
    choice<forwarded_modes, told, &ForwardedConfig::x_forwarded>("x_forwarded"),
    choice<forwarded_modes, told, &ForwardedConfig::forwarded>("forwarded"),
    text<told, &ForwardedConfig::via>("via", "a name", via_objection),
    blocks<told, &ForwardedConfig::trusted>("trusted_proxies"),
    text<shown, &CertificateFields::subject>("client_cert_subject", field_names, field_objection),
    text<shown, &CertificateFields::fingerprint>("client_cert_fingerprint", field_names,
                                                 field_objection),
    text<shown, &CertificateFields::verified>("client_cert_verified", field_names, field_objection),
};

constexpr Key<GroupConfig> upstreams[] = {
    required(origins<&GroupConfig::addrs>("addrs")),
    choice<strategies, &GroupConfig::strategy>("strategy"),
    number<&GroupConfig::pool_size>("pool_size", 0, 1 << 16),
    flag<&GroupConfig::keepalive>("keepalive"),
    number<&GroupConfig::requests_per_connection>("max_requests_per_connection", 0, 1 << 30),
    number<&GroupConfig::connect_timeout_ms>("connect_timeout_ms", 1, day_ms),
    number<&GroupConfig::failure_pause_ms>("failure_pause_ms", 0, day_ms),
    number<&GroupConfig::first_byte_timeout_ms>("first_byte_timeout_ms", 1, day_ms),
    number<&GroupConfig::between_bytes_timeout_ms>("between_bytes_timeout_ms", 1, day_ms),
    number<&GroupConfig::idle_timeout_ms>("idle_timeout_ms", 1, day_ms),
    flag<&GroupConfig::tcp_fast_open>("tcp_fast_open"),
    choice<sent_versions, &GroupConfig::send_proxy>("send_proxy"),
    special<GroupConfig>("tls", "true, false or a table", "false", read_upstream_tls),
};

// The same as a text, in lower case.
template <auto member, auto objection>
constexpr Key<RouteDraft> pattern(const char* name) {
  Key<RouteDraft> key =
      text<&RouteDraft::route, member>(name, "a host, or `*.` and a domain", objection);
  key.set = [](RouteDraft& into, const Checked& value) {
    into.route.*member = lower_case(value.text);
  };
  return key;
}

constexpr Key<RouteDraft> routes[] = {
    pattern<&RouteConfig::host, pattern_objection>("host"),
    pattern<&RouteConfig::sni, pattern_objection>("sni"),
    text<&RouteDraft::route, &RouteConfig::path>("path", "a path", prefix_objection),
    text<&RouteDraft::upstream>("upstream", "an upstream's name", name_objection),
    choice<redirects, &RouteDraft::route, &RouteConfig::to_https>("redirect"),
    text<&RouteDraft::route, &RouteConfig::hook>("hook", "a name", name_objection),
    number<&RouteDraft::route, &RouteConfig::hook_timeout_ms>("hook_timeout_ms", 1, day_ms),
    flag<&RouteDraft::route, &RouteConfig::hook_optional>("hook_optional"),
    flag<&RouteDraft::route, &RouteConfig::plain>("plain"),
    flag<&RouteDraft::route, &RouteConfig::upgrade>("upgrade"),
    text<&RouteDraft::route, &RouteConfig::set_host>("set_host", "a host, perhaps with a port",
                                                     host_objection),
};

template <typename T>
void list(std::vector<KnownKey>& into, const char* table, std::span<const Key<T>> keys) {
  for (const Key<T>& key : keys)
    into.push_back({.table = table,
                    .name = key.name,
                    .values = key.shape.describe(),
                    .preset = key.required ? "required"
                              : key.show   ? key.show(T{})
                                           : key.preset});
}

}  // namespace

std::span<const Key<Settings>> top_keys() { return top; }
std::span<const Key<Settings>> io_keys() { return io; }
std::span<const Key<Settings>> admin_keys() { return admin; }
std::span<const Key<ListenerConfig>> listener_keys() { return listener; }
std::span<const Key<GroupConfig>> upstream_keys() { return upstreams; }
std::span<const Key<RouteDraft>> route_keys() { return routes; }

std::vector<KnownKey> known_keys() {
  std::vector<KnownKey> keys;
  list(keys, "", top_keys());
  list(keys, "[io]", io_keys());
  list(keys, "[[listener]]", listener_keys());
  list(keys, "[listener.tls]", server_tls_keys());
  list(keys, "[[listener.tls.certificates]]", certificate_keys());
  list(keys, "[upstream.<name>]", upstream_keys());
  list(keys, "[upstream.<name>.tls]", client_tls_keys());
  list(keys, "[[route]]", route_keys());
  list(keys, "[admin]", admin_keys());
  return keys;
}

}  // namespace zest::config
