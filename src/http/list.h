// The elements of a comma-separated value (RFC 9110, 5.6.1), without the white space around them.
#pragma once

#include <string_view>

#include "http/chars.h"

namespace zest::http {

class List {
 public:
  explicit List(std::string_view value) : rest_(value) {}

  // False: no more. Elements may be empty, and so is the one of an empty value.
  bool next(std::string_view& element) {
    if (ended_) return false;
    const size_t comma = rest_.find(',');
    element = trimmed(rest_.substr(0, comma));
    ended_ = comma == rest_.npos;
    rest_.remove_prefix(ended_ ? rest_.size() : comma + 1);
    return true;
  }

 private:
  std::string_view rest_;
  bool ended_ = false;
};

}  // namespace zest::http
