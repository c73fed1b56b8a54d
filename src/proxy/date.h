// The value of a Date field, made anew once a second.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace zest::proxy {

class DateText {
 public:
  // "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7), at this moment of the loop's clock.
  std::string_view at(int64_t now_ns) {
    if (now_ns >= next_ns_) renew(now_ns);
    return {text_.data(), text_.size() - 1};
  }

 private:
  void renew(int64_t now_ns);

  int64_t next_ns_ = INT64_MIN;  // when the second on the wall's clock is over
  std::array<char, 30> text_;
};

}  // namespace zest::proxy
