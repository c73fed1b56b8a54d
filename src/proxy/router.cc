#include "proxy/router.h"

#include <algorithm>
#include <tuple>

#include "http/names.h"

namespace zest::proxy {
namespace {

bool is_wildcard(std::string_view host) { return host.starts_with("*."); }

const std::string& name_of(const RouteConfig& route) {
  return route.sni.empty() ? route.host : route.sni;
}

// To HTTPS, then exact names, then wildcards by length, then any host.
auto rank(const RouteConfig& route) {
  const std::string& name = name_of(route);
  const int kind = name.empty() ? 0 : is_wildcard(name) ? 1 : 2;
  return std::tuple(route.to_https, kind, name.size(), route.path.size());
}

bool matches_host(std::string_view wanted, std::string_view host) {
  if (wanted.empty()) return true;
  if (!is_wildcard(wanted)) return http::same_text(wanted, host);
  const std::string_view suffix = wanted.substr(1);
  return host.size() > suffix.size() &&
         http::same_text(suffix, host.substr(host.size() - suffix.size()));
}

// "example.org." is the same name, said to be whole.
std::string_view without_dot(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return name;
}

// "/api" matches "/api", "/api/x" and "/api?x", and not "/apix".
bool matches_path(std::string_view prefix, std::string_view target) {
  if (!target.starts_with(prefix)) return prefix == "/";
  if (prefix.ends_with('/') || target.size() == prefix.size()) return true;
  const char next = target[prefix.size()];
  return next == '/' || next == '?';
}

}  // namespace

std::string_view without_port(std::string_view host) {
  const size_t end = host.starts_with('[') ? host.find(']') : host.rfind(':');
  if (end == std::string_view::npos) return host;
  return host.substr(0, host[end] == ']' ? end + 1 : end);
}

Router::Router(const std::vector<RouteConfig>& routes) {
  const auto goes_first = [](const RouteConfig& one, const RouteConfig& other) {
    return rank(one) > rank(other);
  };
  for (const RouteConfig& route : routes) {
    auto& sorted = route.sni.empty() ? routes_ : by_sni_;
    const auto at = sorted.insert(std::ranges::upper_bound(sorted, route, goes_first), route);
    if (route.to_https) at->upstream = no_upstream;
  }
}

const RouteConfig* Router::find_sni(std::string_view name) const {
  for (const RouteConfig& route : by_sni_)
    if (matches_host(route.sni, without_dot(name))) return &route;
  return nullptr;
}

const RouteConfig* Router::find(std::string_view host, std::string_view target,
                                bool encrypted) const {
  const std::string_view name = without_dot(without_port(host));
  const RouteConfig* to_https = nullptr;
  for (const RouteConfig& route : routes_) {
    if (route.to_https && (encrypted || to_https)) continue;
    if (!matches_host(route.host, name) || !matches_path(route.path, target)) continue;
    if (!route.to_https) return to_https && !route.plain ? to_https : &route;
    to_https = &route;
  }
  return to_https;
}

}  // namespace zest::proxy
