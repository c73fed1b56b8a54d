// A configuration file to settings, or to all that is wrong with it.
#pragma once

#include <string>

#include "base/result.h"
#include "config/problems.h"
#include "config/settings.h"

namespace zest::config {

struct Loaded {
  Settings settings;
  std::vector<Problem> problems;  // empty: the settings can be used
};

Loaded load(std::string_view text);

// At most 1 MiB.
Result<std::string> read_file(const std::string& path);

// "zproxy.toml:3:9: cause\n", for each problem.
std::string format(std::string_view file, const std::vector<Problem>& problems);

}  // namespace zest::config
