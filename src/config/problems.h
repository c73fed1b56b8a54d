// What is wrong with a file: all of it, each with its place.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/value.h"

namespace zest::config {

struct Problem {
  Position at;
  std::string text;
};

class Problems {
 public:
  static constexpr size_t shown_max = 20;
  static constexpr size_t kept_max = 100;

  [[gnu::format(printf, 3, 4)]] void add(Position at, const char* format, ...);

  bool empty() const { return list_.empty(); }
  bool full() const { return list_.size() >= kept_max; }  // more are counted, and nothing else
  const std::vector<Problem>& list() const { return list_; }

  // By place; what is beyond shown_max becomes one line that counts it.
  void finish();

 private:
  std::vector<Problem> list_;
  size_t count_ = 0;
};

// Text from the file, fit for a terminal: in quotes, controls as "?", cut where it gets long.
std::string quoted(std::string_view text);

// The one of `known` that `name` was meant to be; empty if none is near.
std::string_view nearest(std::string_view name, const std::vector<std::string_view>& known);
std::string did_you_mean(std::string_view near);  // "; did you mean ...?", or nothing

}  // namespace zest::config
