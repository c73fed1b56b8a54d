// tchar by two look-ups of sixteen entries: a byte is one if the row of its high nibble (a bit) is
// set in the column of its low one. Rows 2 to 7 alone have any.
#pragma once

#include <array>
#include <cstdint>

#include "http/chars.h"

namespace zest::http {

struct alignas(16) NibbleTable {
  std::array<char, 16> column;
  std::array<char, 16> row;
};

inline constexpr NibbleTable token_nibbles = [] {
  NibbleTable table{};
  for (unsigned c = 0; c < 0x80; ++c) {
    if (!is_in(static_cast<char>(c), token_char)) continue;
    table.column[c & 15] = static_cast<char>(table.column[c & 15] | 1 << (c >> 4));
    table.row[c >> 4] = static_cast<char>(1 << (c >> 4));
  }
  return table;
}();

}  // namespace zest::http
