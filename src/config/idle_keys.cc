#include "config/idle_keys.h"

#include <algorithm>

namespace zest::config {
namespace {

using proxy::ListenerConfig;
using proxy::Mode;
using proxy::ProxyProtocol;
using proxy::RouteConfig;
using upstream::GroupConfig;
using Keys = std::span<const char* const>;

constexpr const char* of_http[] = {"max_requests_per_connection",
                                   "max_head_bytes",
                                   "max_request_line",
                                   "max_fields",
                                   "max_body_bytes",
                                   "connection_timeout_ms",
                                   "head_timeout_ms",
                                   "body_timeout_ms",
                                   "send_timeout_ms",
                                   "exchange_timeout_ms",
                                   "x_forwarded",
                                   "forwarded",
                                   "via"};
constexpr const char* of_connections[] = {"backlog", "sni_routes", "proxy_protocol"};
constexpr const char* of_tls[] = {"handshake_timeout_ms", "max_handshakes"};
constexpr const char* of_linger[] = {"linger_timeout_ms"};
constexpr const char* of_connect[] = {"connect_timeout_ms"};
constexpr const char* of_preface[] = {"preface_timeout_ms"};
constexpr const char* of_trust[] = {"trusted_proxies"};
constexpr const char* of_sockets[] = {"backlog"};
constexpr const char* of_ciphers[] = {"ciphers"};
constexpr const char* of_pools[] = {"pool_size", "idle_timeout_ms", "max_requests_per_connection"};
constexpr const char* of_kept[] = {"idle_timeout_ms", "max_requests_per_connection"};
constexpr const char* of_hooks[] = {"hook_timeout_ms"};
constexpr const char* of_queue[] = {"hook_queue"};
constexpr const char* of_answers[] = {"upgrade", "set_host", "hook_timeout_ms"};
constexpr const char* of_requests[] = {"upgrade", "hook_timeout_ms"};
constexpr const char* of_plain[] = {"plain"};
constexpr const char* of_uring[] = {"sq_depth", "sqpoll"};

// The settings, and the document that they are from.
class Search {
 public:
  explicit Search(Settings& settings) : settings_(settings) {}

  void look(const Value& document) {
    const auto is_hook = [](const RouteConfig& route) { return !route.hook.empty(); };
    if (std::ranges::none_of(settings_.proxy.routes, is_hook))
      tell(document, of_queue, "no route has a hook");
    if (const Entry* io = document.find("io");
        io && settings_.proxy.backend == io::BackendKind::epoll)
      tell(io->value, of_uring, "backend is \"epoll\"");
    each(document, "listener", settings_.proxy.listeners, &Search::look_at_listener);
    look_at_upstreams(document);
    if (const Entry* routes = document.find("route"))
      for (const Value& table : routes->value.items) look_at_route(table);
    warnings_.finish();
    settings_.warnings = warnings_.list();
  }

 private:
  void tell(const Value& table, Keys keys, const char* why) {
    for (const char* key : keys)
      if (const Entry* entry = table.find(key))
        warnings_.add(entry->at, "%s has no effect: %s", key, why);
  }

  template <typename T>
  void each(const Value& document, const char* name, const std::vector<T>& all,
            void (Search::*look_at)(const Value&, const T&)) {
    const Entry* tables = document.find(name);
    if (!tables || tables->value.items.size() != all.size()) return;
    for (size_t i = 0; i < all.size(); ++i) (this->*look_at)(tables->value.items[i], all[i]);
  }

  void look_at_listener(const Value& table, const ListenerConfig& listener) {
    if (listener.mode == Mode::udp) {
      tell(table, of_connections, "datagrams have no connections");
      tell(table, of_linger, "datagrams have no connections");
    }
    if (listener.mode != Mode::http)
      tell(table, of_http, listener.mode == Mode::tcp ? "mode is \"tcp\"" : "mode is \"udp\"");
    if (!listener.tls) tell(table, of_tls, "this listener has no tls");
    if (listener.mode == Mode::tcp && !listener.tls)
      tell(table, of_linger, "mode is \"tcp\", without tls");
    if (listener.connects.empty())
      tell(table, of_connect, "it is of CONNECT, and there is no connect_to");
    const bool announced = listener.proxy_protocol != ProxyProtocol::off;
    if (!announced && !listener.sni_routes && listener.id < 0)
      tell(table, of_preface, "there is neither proxy_protocol nor sni_routes");
    if (!announced && listener.mode != Mode::http)
      tell(table, of_trust, "there is no proxy_protocol, and nothing else that they could say");
    if (listener.bind.size() == 0) tell(table, of_sockets, "there is no bind");
    if (!listener.tls || listener.tls->preferences.version_min != tls::Version::tls13) return;
    if (const Entry* tls = table.find("tls"))
      tell(tls->value, of_ciphers, "they are of TLS 1.2, and min_version is \"1.3\"");
  }

  void look_at_upstreams(const Value& document) {
    const Entry* upstreams = document.find("upstream");
    if (!upstreams) return;
    for (size_t i = 0; i < settings_.proxy.upstreams.size(); ++i) {
      const GroupConfig& group = settings_.proxy.upstreams[i];
      const Entry* entry = upstreams->value.find(group.name);
      if (entry) look_at_upstream(*entry, group, i);
    }
  }

  void look_at_upstream(const Entry& entry, const GroupConfig& group, size_t index) {
    if (!group.keepalive)
      tell(entry.value, of_pools, "keepalive is false");
    else if (group.send_proxy != preface::ProxyVersion::none)
      tell(entry.value, of_pools, "send_proxy is on: no connection is kept");
    else if (group.pool_size == 0)
      tell(entry.value, of_kept, "pool_size is 0");
    if (!is_asked(index))
      warnings_.add(entry.at, "upstream %s has no effect: neither a route nor a listener names it",
                    quoted(group.name).c_str());
  }

  // A hook may choose any.
  bool is_asked(size_t upstream) const {
    const auto by_route = [=](const RouteConfig& route) {
      return route.upstream == upstream || !route.hook.empty();
    };
    const auto by_listener = [=](const ListenerConfig& one) { return one.upstream == upstream; };
    return std::ranges::any_of(settings_.proxy.routes, by_route) ||
           std::ranges::any_of(settings_.proxy.listeners, by_listener);
  }

  static bool says(const Value& table, const char* key) {
    const Entry* entry = table.find(key);
    return entry && !entry->value.text.empty();
  }

  void look_at_route(const Value& table) {
    const Entry* redirect = table.find("redirect");
    if (redirect && redirect->value.text == "https")
      return tell(table, of_answers, "redirect is \"https\"");
    if (says(table, "sni"))
      return tell(table, of_requests, "it is of HTTP, and a route with sni is not");
    const auto http = [](const ListenerConfig& one) { return one.mode == Mode::http; };
    if (std::ranges::none_of(settings_.proxy.listeners, http))
      return warnings_.add(table.at, "[[route]] has no effect: no listener speaks HTTP");
    if (!says(table, "hook")) tell(table, of_hooks, "this route has no hook");
    const auto to_https = [](const RouteConfig& route) { return route.to_https; };
    if (std::ranges::none_of(settings_.proxy.routes, to_https))
      tell(table, of_plain, "no route has redirect = \"https\"");
  }

  Settings& settings_;
  Problems warnings_;
};

}  // namespace

void warn_of_idle_keys(const Value& document, Settings& settings) {
  Search(settings).look(document);
}

}  // namespace zest::config
