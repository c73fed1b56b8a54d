// Sixteen bytes at a time, in what every compiler's target has: for text too short for a kernel.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace zest::http {

using Sixteen [[gnu::vector_size(16)]] = uint8_t;

struct TwoWords {
  uint64_t low, high;
};

inline Sixteen load_sixteen(const char* first_eight, const char* last_eight) {
  TwoWords words;
  memcpy(&words.low, first_eight, 8);
  memcpy(&words.high, last_eight, 8);
  return std::bit_cast<Sixteen>(words);
}

// All bytes of a text of eight and more are `good`, which gives 0xff for each that is.
template <typename Good>
[[gnu::always_inline]] inline bool all_good(std::string_view text, Good good) {
  const auto are_good = [good](const char* first_eight, const char* last_eight) {
    const auto found = std::bit_cast<TwoWords>(good(load_sixteen(first_eight, last_eight)));
    return (found.low & found.high) == ~0ULL;
  };
  const char* at = text.data();
  const char* end = at + text.size();
  for (; end - at > 16; at += 16) {
    if (!are_good(at, at + 8)) return false;
  }
  return are_good(std::max(text.data(), end - 16), end - 8);
}

}  // namespace zest::http
