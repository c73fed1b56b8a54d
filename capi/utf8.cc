#include "capi/utf8.h"

#include <string_view>

namespace zest::capi {
namespace {

// By RFC 3629, section 4; 0: begins no character.
size_t size_by_first_byte(unsigned char first) {
  if (first < 0x80) return 1;
  if (first < 0xc2) return 0;
  if (first < 0xe0) return 2;
  if (first < 0xf0) return 3;
  return first < 0xf5 ? 4 : 0;
}

// Too long a form of a small number, half of a pair, or beyond the last character.
bool second_byte_fits(unsigned char first, unsigned char second) {
  switch (first) {
    case 0xe0: return second >= 0xa0;
    case 0xed: return second < 0xa0;
    case 0xf0: return second >= 0x90;
    case 0xf4: return second < 0x90;
    default: return true;
  }
}

// Bytes of the character that the text begins with; 0: it is none.
size_t character_size(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const size_t size = size_by_first_byte(first);
  if (size <= 1) return size;
  if (text.size() < size) return 0;
  for (const char next : text.substr(1, size - 1))
    if ((static_cast<unsigned char>(next) & 0xc0) != 0x80) return 0;
  return second_byte_fits(first, static_cast<unsigned char>(text[1])) ? size : 0;
}

}  // namespace

void make_utf8(char* text, size_t size) {
  for (size_t i = 0; i < size;) {
    const size_t character = character_size({text + i, size - i});
    if (character == 0) text[i] = '?';
    i += character ? character : 1;
  }
}

}  // namespace zest::capi
