#include "config/upstream.h"

#include "config/fill.h"
#include "config/tls_keys.h"
#include "config/toml.h"

namespace zest::config {

void read_group(upstream::GroupConfig& into, const Value& table, const char* name,
                Problems& problems) {
  fill(into, table, name, upstream_keys(), problems);
  settle_upstream_tls(into, table, problems);
}

LoadedGroup load_group(std::string_view text) {
  LoadedGroup loaded;
  const auto document = parse_toml(text);
  if (!document) {
    loaded.problems.push_back(document.error());
    return loaded;
  }
  Problems problems;
  read_group(loaded.group, *document, "the upstream", problems);
  problems.finish();
  loaded.problems = problems.list();
  return loaded;
}

}  // namespace zest::config
