// Character classes of RFC 9110 and RFC 9112: the one definition that every kernel and parser here
// is checked against.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace zest::http {

enum CharClass : uint8_t {
  token_char = 1,       // tchar
  control_char = 2,     // CTL but HTAB: never in a field value
  target_char = 4,      // visible ASCII but '#': in a request target, which has no fragment
  plain_host_char = 8,  // of a registered name; not "%", nor the comma of lists
  digit_char = 16,
  hex_char = 32,
  space_char = 64,  // SP, HTAB
  colon_char = 128,
};

constexpr bool is_alpha(unsigned c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }
constexpr bool is_digit(unsigned c) { return c >= '0' && c <= '9'; }

constexpr uint8_t class_of(unsigned c) {
  const auto among = [c](std::string_view set) {
    return c != 0 && c < 0x80 && set.find(static_cast<char>(c)) != set.npos;
  };
  const bool word = is_alpha(c) || is_digit(c);
  const bool hex = is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
  return static_cast<uint8_t>((word || among("!#$%&'*+-.^_`|~") ? token_char : 0) |
                              ((c < 0x20 && c != '\t') || c == 0x7f ? control_char : 0) |
                              (c > 0x20 && c < 0x7f && c != '#' ? target_char : 0) |
                              (word || among("-._~!$&'()*+;=") ? plain_host_char : 0) |
                              (is_digit(c) ? digit_char : 0) | (hex ? hex_char : 0) |
                              (among(" \t") ? space_char : 0) | (c == ':' ? colon_char : 0));
}

inline constexpr std::array<uint8_t, 256> char_classes = [] {
  std::array<uint8_t, 256> table{};
  for (unsigned c = 0; c < 256; ++c) table[c] = class_of(c);
  return table;
}();

constexpr bool is_in(char c, uint8_t classes) {
  return (char_classes[static_cast<unsigned char>(c)] & classes) != 0;
}

constexpr bool all_in(std::string_view text, uint8_t classes) {
  for (const char c : text) {
    if (!is_in(c, classes)) return false;
  }
  return true;
}

constexpr bool is_token(std::string_view text) { return !text.empty() && all_in(text, token_char); }

constexpr bool has_control(std::string_view text) {
  for (const char c : text) {
    if (is_in(c, control_char)) return true;
  }
  return false;
}

constexpr std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_in(text.front(), space_char)) text.remove_prefix(1);
  while (!text.empty() && is_in(text.back(), space_char)) text.remove_suffix(1);
  return text;
}

}  // namespace zest::http
