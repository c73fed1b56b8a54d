// What request and status line have in common, and the pieces of a request line.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "http/head.h"
#include "http/parser.h"
#include "http/sixteen.h"

namespace zest::http {

constexpr uint32_t version_size = 8;  // "HTTP/1.1"

// Limits that can be kept: the fields the caller has room for, offsets of 32 bits.
inline Limits bounded(const Limits& limits, const Head& into) {
  return {.head_bytes = std::clamp(limits.head_bytes, 64u, 1u << 30),
          .request_line = limits.request_line,
          .fields = std::min({limits.fields, into.field_capacity, Head::field_count_max})};
}

enum class Version : uint8_t { good, other, none };

// The eight bytes at `text`: HTTP/1.0 and HTTP/1.1 are good, any other HTTP/d.d is other.
Version read_version(const char* text, uint8_t& minor);

Method other_method_of(std::string_view text);
inline Method method_of(std::string_view text) {
  return text == "GET" ? Method::get : other_method_of(text);
}

// Sets form, authority and path of a target whose place is known, and path's too: the caller has it
// at hand, and two words just written must not be read as one. Not null: why it is refused.
const char* read_other_target(RequestHead& into);
[[gnu::always_inline]] inline const char* read_target(RequestHead& into) {
  into.authority = {};
  into.form = TargetForm::origin;
  const bool usual = into.base[into.target.offset] == '/' && into.method_id != Method::connect;
  return usual ? nullptr : read_other_target(into);
}

// Of letters, digits, '-' and '.', as nearly every Host.
inline bool is_plain_name(std::string_view text) {
  return text.size() >= 8 && all_good(text, [](Sixteen c) {
           return ((c | 0x20) - 'a' < 26) | (c - '0' < 10) | (c - '-' < 2);
         });
}

bool is_other_authority(std::string_view text);

// host[:port], as a Host field may have it. Not empty, no user.
inline bool is_authority(std::string_view text) {
  return is_plain_name(text) || is_other_authority(text);
}
// With a port, as CONNECT needs it.
bool is_authority_with_port(std::string_view text);

}  // namespace zest::http
