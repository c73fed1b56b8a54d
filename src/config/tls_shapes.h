// What the keys of both sides of TLS are made of.
#pragma once

#include "config/fill.h"
#include "config/texts.h"

namespace zest::config {

// In the order of their enum.
inline constexpr const char* tls_versions[] = {"1.2", "1.3"};
inline constexpr const char* kernel_modes[] = {"auto", "off", "require"};

template <auto... path>
constexpr auto tls_file(const char* name) {
  return text<path...>(name, "a path", file_objection);
}

// A key that another one makes no sense without.
inline void tell_missing(const Value& table, const char* given, const char* lacking,
                         Problems& problems) {
  if (const Entry* entry = table.find(given))
    problems.add(entry->at, "%s needs %s", given, lacking);
}

}  // namespace zest::config
