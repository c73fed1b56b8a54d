// TOML text to values. The only place that knows toml++.
#pragma once

#include <expected>
#include <string_view>

#include "config/problems.h"

namespace zest::config {

// A text that is no TOML has one problem: where it stops being that.
std::expected<Value, Problem> parse_toml(std::string_view text);

}  // namespace zest::config
