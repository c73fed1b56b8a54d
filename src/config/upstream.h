// One group of origins by itself: what stands in a [upstream.<name>] table.
#pragma once

#include <string_view>
#include <vector>

#include "config/problems.h"
#include "upstream/config.h"

namespace zest::config {

void read_group(upstream::GroupConfig& into, const Value& table, const char* name,
                Problems& problems);

struct LoadedGroup {
  upstream::GroupConfig group;
  std::vector<Problem> problems;  // empty: the group can be used
};

// A text that is such a table's keys, and nothing else.
LoadedGroup load_group(std::string_view text);

}  // namespace zest::config
