// What one table alone cannot tell: duplicates, names that stand for nothing, what is missing.
#include <algorithm>

#include "config/address.h"
#include "config/draft.h"
#include "config/fill.h"

namespace zest::config {
namespace {

bool clash(const proxy::ListenerConfig& one, const proxy::ListenerConfig& other) {
  const bool datagrams = one.mode == proxy::Mode::udp;
  return datagrams == (other.mode == proxy::Mode::udp) && config::clash(one.bind, other.bind);
}

}  // namespace

void tell_unknown(const Entry& entry, const char* table, const std::vector<std::string_view>& known,
                  Problems& problems) {
  if (problems.full()) return problems.add(entry.at, "one more");
  const std::string name = quoted(entry.name);
  const char* in = *table ? " in " : "";
  for (const KnownKey& key : known_keys())
    if (entry.name == key.name)
      return problems.add(entry.at, "unknown key %s%s%s; it belongs %s", name.c_str(), in, table,
                          *key.table ? (std::string("in ") + key.table).c_str()
                                     : "at the top of the file, above the first table");
  if (const std::string_view near = nearest(entry.name, known); !near.empty())
    return problems.add(entry.at, "unknown key %s%s%s%s", name.c_str(), in, table,
                        did_you_mean(near).c_str());
  problems.add(entry.at, "unknown key %s%s%s", name.c_str(), in, table);
}

void Draft::check_presence(const Value& document) {
  if (!document.find("listener"))
    problems_.add({}, "no [[listener]]: say where to listen, as bind = \"0.0.0.0:8080\"");
  if (!document.find("upstream") && needs_upstream())
    problems_.add({}, "no [upstream.<name>]: say who answers, as addrs = [\"127.0.0.1:3000\"]");
}

// Where a hook answers, nobody else need.
bool Draft::needs_upstream() const {
  const auto hooked = [](const PlacedRoute& placed) { return !placed.draft.route.hook.empty(); };
  const auto http = [](const auto& listener) { return listener.mode == proxy::Mode::http; };
  return std::ranges::none_of(routes_, hooked) ||
         !std::ranges::all_of(settings_.proxy.listeners, http);
}

void Draft::check_listeners() {
  const std::vector<proxy::ListenerConfig>& listeners = settings_.proxy.listeners;
  for (size_t i = 0; i < listeners.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (clash(listeners[i], listeners[j])) {
        tell_clash("", listeners[i].bind, listeners_at_[i], j);
        break;
      }
  check_listener_ids();
  if (!settings_.admin) return;
  for (size_t i = 0; i < listeners.size(); ++i)
    if (listeners[i].mode != proxy::Mode::udp && clash(*settings_.admin, listeners[i].bind))
      tell_clash("[admin] ", *settings_.admin, admin_at_, i);
}

void Draft::tell_clash(const char* whose, const sys::Address& bind, Position at, size_t listener) {
  const sys::Address& taken = settings_.proxy.listeners[listener].bind;
  const uint32_t line = listeners_at_[listener].line;
  if (bind == taken)
    return problems_.add(at, "%sbind %s is already a listener's, in line %u", whose,
                         bind.format().c_str(), line);
  problems_.add(at, "%sbind %s clashes with %s, a listener's in line %u", whose,
                bind.format().c_str(), taken.format().c_str(), line);
}

void Draft::check_listener_ids() {
  const std::vector<proxy::ListenerConfig>& listeners = settings_.proxy.listeners;
  for (size_t i = 0; i < listeners.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (listeners[i].id >= 0 && listeners[i].id == listeners[j].id)
        problems_.add(listeners_at_[i], "id %lld is already a listener's, in line %u",
                      static_cast<long long>(listeners[i].id), listeners_at_[j].line);
}

void Draft::check_modes() {
  std::vector<proxy::ListenerConfig>& listeners = settings_.proxy.listeners;
  for (size_t i = 0; i < listeners.size(); ++i) check_mode(listeners[i], listeners_upstream_at_[i]);
}

void Draft::check_mode(proxy::ListenerConfig& listener, Position at) {
  const bool http = listener.mode == proxy::Mode::http;
  const bool tcp = listener.mode == proxy::Mode::tcp;
  const bool named = !listener.upstream_name.empty();
  if (http && named)
    return problems_.add(at, "upstream is for the modes tcp and udp: HTTP has routes");
  if (!tcp && listener.sni_routes)
    return problems_.add(at, "sni_routes is for mode = \"tcp\": HTTP has routes by host");
  if (!http && !listener.connects.empty()) problems_.add(at, "connect_to is for mode = \"http\"");
  if (named)
    if (const auto found = find_upstream(listener.upstream_name, at)) listener.upstream = *found;
  if (!http && !named && !listener.sni_routes) default_upstream(listener, at);
  const bool announced = listener.proxy_protocol != proxy::ProxyProtocol::off;
  if (announced && listener.forwarded.trusted.empty())
    problems_.add(at, "proxy_protocol needs trusted_proxies: nobody else is believed");
  if (listener.mode != proxy::Mode::udp) return;
  if (listener.id >= 0)
    problems_.add(at, "mode = \"udp\" has no id: connections are handed over, not datagrams");
  if (announced || listener.tls) problems_.add(at, "mode = \"udp\" has no tls and no PROXY header");
  if (listener.bind.size() > 0 && !listener.bind.is_ip())
    problems_.add(at, "mode = \"udp\" needs an IP address to bind to");
}

void Draft::default_upstream(proxy::ListenerConfig& listener, Position at) {
  const size_t upstreams = settings_.proxy.upstreams.size();
  if (upstreams == 1) listener.upstream = 0;
  if (upstreams > 1) problems_.add(at, "with several upstreams, say which one, as upstream");
}

std::optional<size_t> Draft::find_upstream(const std::string& name, Position at) {
  std::vector<std::string_view> known;
  for (const upstream::GroupConfig& group : settings_.proxy.upstreams) {
    if (group.name == name) return known.size();
    known.push_back(group.name);
  }
  if (problems_.full()) {
    problems_.add(at, "one more");
  } else {
    problems_.add(at, "no upstream %s%s", quoted(name).c_str(),
                  did_you_mean(nearest(name, known)).c_str());
  }
  return {};
}

// One that speaks TCP alone needs no routes of HTTP.
void Draft::resolve_routes() {
  for (const PlacedRoute& route : routes_) resolve_route(route);
  const size_t upstreams = settings_.proxy.upstreams.size();
  const auto asks = [](const PlacedRoute& route) {
    return !route.draft.route.to_https && route.draft.route.sni.empty();
  };
  const auto& listeners = settings_.proxy.listeners;
  const bool http = listeners.empty() || std::ranges::any_of(listeners, [](const auto& listener) {
                      return listener.mode == proxy::Mode::http;
                    });
  if (!http || std::ranges::any_of(routes_, asks) || upstreams == 0) return;
  if (upstreams == 1) {
    settings_.proxy.routes.emplace_back();  // everything to the one there is
  } else {
    problems_.add({}, "no [[route]]: with several upstreams, say what goes to which");
  }
}

void Draft::resolve_route(const PlacedRoute& placed) {
  check_sni(placed);
  check_unique(placed);
  const std::string& name = placed.draft.upstream;
  if (name.empty()) {  // told already, if it needs one
    settings_.proxy.routes.push_back(placed.draft.route);
    settings_.proxy.routes.back().upstream = proxy::no_upstream;
    return;
  }
  const auto found = find_upstream(name, placed.upstream_at);
  if (!found) return;
  settings_.proxy.routes.push_back(placed.draft.route);
  settings_.proxy.routes.back().upstream = *found;
}

void Draft::check_sni(const PlacedRoute& placed) {
  const proxy::RouteConfig& route = placed.draft.route;
  if (route.sni.empty()) return;
  if (!route.host.empty() || route.path != "/" || !route.set_host.empty() || route.to_https ||
      route.plain || !route.hook.empty())
    problems_.add(placed.at, "a route with sni is not HTTP's: it has an upstream, and no more");
  const auto looks = [](const auto& listener) { return listener.sni_routes; };
  if (std::ranges::none_of(settings_.proxy.listeners, looks))
    problems_.add(placed.at, "a route with sni, and no listener has sni_routes = true");
}

void Draft::check_unique(const PlacedRoute& placed) {
  const proxy::RouteConfig& route = placed.draft.route;
  if (route_exists(route) && !route.sni.empty())
    problems_.add(placed.at, "a second route for sni %s", quoted(route.sni).c_str());
  else if (route_exists(route))
    problems_.add(placed.at, "a second route for host %s and path %s",
                  route.host.empty() ? "(any)" : quoted(route.host).c_str(),
                  quoted(route.path).c_str());
}

bool Draft::route_exists(const proxy::RouteConfig& wanted) const {
  for (const proxy::RouteConfig& route : settings_.proxy.routes)
    if (route.host == wanted.host && route.path == wanted.path && route.sni == wanted.sni &&
        route.to_https == wanted.to_https)
      return true;
  return false;
}

}  // namespace zest::config
