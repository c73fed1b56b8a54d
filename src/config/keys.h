// Every key there is, by the table of the file that it stands in.
#pragma once

#include <span>

#include "config/key.h"
#include "config/settings.h"

namespace zest::config {

// A route as written: its upstream is still a name.
struct RouteDraft {
  proxy::RouteConfig route;
  std::string upstream;
};

std::span<const Key<Settings>> top_keys();
std::span<const Key<Settings>> io_keys();
std::span<const Key<Settings>> admin_keys();
std::span<const Key<proxy::ListenerConfig>> listener_keys();
std::span<const Key<upstream::GroupConfig>> upstream_keys();
std::span<const Key<RouteDraft>> route_keys();

struct KnownKey {
  const char* table;  // "[[listener]]"; empty: the file's top
  const char* name;
  std::string values;
  std::string preset;  // what holds where it is not given; "required"
};
std::vector<KnownKey> known_keys();

}  // namespace zest::config
