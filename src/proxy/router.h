// From host and path to a route: the most specific host wins, then the longest path. Routes to
// HTTPS come before it, unless it is plain.
#pragma once

#include <string_view>

#include "proxy/config.h"

namespace zest::proxy {

std::string_view without_port(std::string_view host);

class Router {
 public:
  explicit Router(const std::vector<RouteConfig>& routes);

  // host with or without a port, and a dot at its end (RFC 1034, 3.1); target as an origin server
  // sees it. nullptr: none matches. Routes to HTTPS are only for who is not there yet.
  const RouteConfig* find(std::string_view host, std::string_view target, bool encrypted) const;
  // By the name that a ClientHello gives; routes of HTTP are none of these.
  const RouteConfig* find_sni(std::string_view name) const;

 private:
  std::vector<RouteConfig> routes_;  // in the order in which they are tried
  std::vector<RouteConfig> by_sni_;  // likewise
};

}  // namespace zest::proxy
