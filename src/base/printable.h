// Text from outside in texts for people: a path or an abstract name may hold any bytes, and control
// characters would forge lines of a log or steer the terminal that shows it.
#pragma once

#include <string_view>

#include "base/text.h"

namespace zest {

constexpr bool is_control(char byte) {
  return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f;
}

// Control characters become '?'.
template <size_t capacity>
void append_printable(Text<capacity>& into, std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i)
    into.append(is_control(text[i]) ? "?" : text.substr(i, 1));
}

template <size_t capacity>
Text<capacity> printable(const Text<capacity>& text) {
  Text<capacity> clean;
  append_printable(clean, text.view());
  return clean;
}

}  // namespace zest
