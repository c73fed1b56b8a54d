// Any bytes are settings or problems, never both and never neither: places are inside the text,
// what is told is fit for a terminal, and settings hold what a proxy may rely on.
#include "base/assert.h"
#include "config/load.h"

namespace {

using zest::config::Loaded;
using zest::config::Problem;
using zest::config::Settings;

void check(const Problem& problem, uint32_t lines) {
  ZEST_ASSERT(problem.at.line >= 1 && problem.at.line <= lines);
  ZEST_ASSERT(problem.at.column >= 1);
  ZEST_ASSERT(!problem.text.empty());
}

void check(const Settings& settings) {
  ZEST_ASSERT(!settings.proxy.listeners.empty());
  ZEST_ASSERT(!settings.proxy.upstreams.empty());
  ZEST_ASSERT(!settings.proxy.routes.empty());
  for (const auto& listener : settings.proxy.listeners) ZEST_ASSERT(listener.bind.size() > 0);
  for (const auto& group : settings.proxy.upstreams) ZEST_ASSERT(!group.addrs.empty());
  for (const auto& route : settings.proxy.routes) {
    const bool none = route.upstream == zest::proxy::no_upstream;  // a redirect, or a host's alone
    ZEST_ASSERT(none || route.upstream < settings.proxy.upstreams.size());
    ZEST_ASSERT(route.path.starts_with('/'));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Loaded loaded = zest::config::load(text);
  // toml++ counts a few more characters than LF as line ends.
  const auto lines = static_cast<uint32_t>(size + 1);
  ZEST_ASSERT(loaded.problems.size() <= zest::config::Problems::shown_max + 1);
  for (const Problem& problem : loaded.problems) check(problem, lines);
  for (const Problem& warning : loaded.settings.warnings) check(warning, lines);
  if (loaded.problems.empty()) check(loaded.settings);
  return 0;
}
