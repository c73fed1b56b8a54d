// From a name to its number by its length and last sixteen letters: a perfect hash over the few
// names there are, checked when this is compiled.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "http/names.h"

namespace zest::http {

static_assert(std::endian::native == std::endian::little, "words below are read as they lie");

inline constexpr std::array<std::string_view, name_count> name_texts{"",
                                                                     "Accept",
                                                                     "Accept-Charset",
                                                                     "Accept-Encoding",
                                                                     "Accept-Language",
                                                                     "Accept-Ranges",
                                                                     "Access-Control-Allow-Origin",
                                                                     "Age",
                                                                     "Allow",
                                                                     "Alt-Svc",
                                                                     "Authorization",
                                                                     "Cache-Control",
                                                                     "Connection",
                                                                     "Content-Disposition",
                                                                     "Content-Encoding",
                                                                     "Content-Language",
                                                                     "Content-Length",
                                                                     "Content-Location",
                                                                     "Content-Range",
                                                                     "Content-Type",
                                                                     "Cookie",
                                                                     "Date",
                                                                     "ETag",
                                                                     "Expect",
                                                                     "Expires",
                                                                     "Forwarded",
                                                                     "Host",
                                                                     "HTTP2-Settings",
                                                                     "If-Match",
                                                                     "If-Modified-Since",
                                                                     "If-None-Match",
                                                                     "If-Range",
                                                                     "If-Unmodified-Since",
                                                                     "Keep-Alive",
                                                                     "Last-Modified",
                                                                     "Link",
                                                                     "Location",
                                                                     "Max-Forwards",
                                                                     "Origin",
                                                                     "Pragma",
                                                                     "Proxy",
                                                                     "Proxy-Authenticate",
                                                                     "Proxy-Authorization",
                                                                     "Proxy-Connection",
                                                                     "Range",
                                                                     "Referer",
                                                                     "Retry-After",
                                                                     "Server",
                                                                     "Set-Cookie",
                                                                     "TE",
                                                                     "Trailer",
                                                                     "Transfer-Encoding",
                                                                     "Upgrade",
                                                                     "Upgrade-Insecure-Requests",
                                                                     "User-Agent",
                                                                     "Vary",
                                                                     "Via",
                                                                     "WWW-Authenticate",
                                                                     "X-Forwarded-For",
                                                                     "X-Forwarded-Host",
                                                                     "X-Forwarded-Port",
                                                                     "X-Forwarded-Proto",
                                                                     "X-Real-IP",
                                                                     "X-Request-ID"};

constexpr uint64_t lower_case = 0x2020202020202020;

inline uint64_t load_word(const char* bytes) {
  uint64_t word;
  memcpy(&word, bytes, sizeof word);
  return word;
}

// The last sixteen letters, in lower case; zeros before a shorter name. Setting a bit makes lower
// case of a letter, and of no other token character anything that stands in a name above.
struct NameEnd {
  uint64_t high = 0, low = 0;

  static constexpr uint64_t factor = 0x59bbb436002b4b4d;

  bool operator==(const NameEnd&) const = default;
  constexpr uint8_t slot(uint64_t by = factor) const {
    return static_cast<uint8_t>((high + low) * by >> 56);
  }
};

struct alignas(64) KnownName {
  NameEnd end;
  uint64_t size = 0;
  uint64_t front[2] = {};  // the first letters, where there are more than sixteen
  uint64_t bit = 0;        // in Head::present; none for Name::other
  Name id = Name::other;
};

constexpr uint64_t lower_word(std::string_view text, size_t from, size_t to, size_t shift) {
  uint64_t word = 0;
  for (size_t i = from; i < to; ++i) {
    word |= static_cast<uint64_t>(static_cast<unsigned char>(text[i] | 0x20))
            << 8 * (i + shift - from);
  }
  return word;
}

constexpr KnownName known_name(std::string_view text) {
  const size_t size = text.size();
  const size_t low = std::min<size_t>(size, 8);
  const size_t high = std::min<size_t>(size, 16) - low;
  KnownName known;
  known.size = size;
  known.end = {.high = lower_word(text, size - low - high, size - low, 8 - high),
               .low = lower_word(text, size - low, size, 8 - low)};
  if (size > 16) known.front[0] = lower_word(text, 0, 8, 0);
  if (size > 24) known.front[1] = lower_word(text, 8, 16, 0);
  return known;
}

// All in one place, which takes one register.
struct NameTable {
  std::array<uint8_t, 256> slots{};
  // Sixteen bytes from `size` on keep the last `size` of sixteen.
  std::array<uint8_t, 32> masks{};
  std::array<KnownName, name_count> known{};
};

inline constexpr NameTable name_table = [] {
  NameTable table;
  std::fill(table.masks.begin() + 16, table.masks.end(), uint8_t{0xff});
  for (size_t id = 1; id < name_count; ++id) {
    KnownName& known = table.known[id];
    known = known_name(name_texts[id]);
    known.bit = 1ULL << id;
    known.id = static_cast<Name>(id);
    table.slots[known.end.slot()] = static_cast<uint8_t>(id);
  }
  return table;
}();
static_assert(std::ranges::count(name_table.slots, 0) == 256 - (name_count - 1),
              "two names in one slot");

inline bool same_front(const char* name, size_t size, const KnownName& known) {
  if (size <= 16) return true;
  if ((load_word(name) | lower_case) != known.front[0]) return false;
  return size <= 24 || (load_word(name + 8) | lower_case) == known.front[1];
}

// What the `size` token characters before `end` are; the table's first if they are no name in it.
// At least sixteen bytes before `end` are readable.
[[gnu::always_inline]] inline const KnownName& name_before(const char* end, size_t size) {
  const char* masks =
      reinterpret_cast<const char*>(name_table.masks.data()) + std::min<size_t>(size, 16);
  const NameEnd found{.high = (load_word(end - 16) | lower_case) & load_word(masks),
                      .low = (load_word(end - 8) | lower_case) & load_word(masks + 8)};
  const KnownName& known = name_table.known.data()[name_table.slots.data()[found.slot()]];
  const bool same =
      ((known.end.high ^ found.high) | (known.end.low ^ found.low) | (known.size ^ size)) == 0;
  return same && same_front(end - size, size, known) ? known : name_table.known.front();
}

// What a loop of look-ups keeps in registers, and would load anew each time if it were known to be
// constant.
struct NameSearch {
  NameSearch() { asm("" : "+r"(lower), "+r"(factor)); }

  uint64_t lower = lower_case;
  uint64_t factor = NameEnd::factor;
};

// The same for names of up to fifteen characters, where no size has to be compared: the first of
// the sixteen bytes is zero, and in no longer name.
constexpr uint32_t short_name_max = 15;
[[gnu::always_inline]] inline const KnownName& short_name_before(const char* end, uint32_t size,
                                                                 const NameSearch& search) {
  const char* masks = reinterpret_cast<const char*>(name_table.masks.data()) + size;
  uint64_t high = (load_word(end - 16) | search.lower) & load_word(masks);
  uint64_t low = (load_word(end - 8) | search.lower) & load_word(masks + 8);
  asm("" : "+r"(high), "+r"(low));  // two words: a vector of them would only be taken apart again
  const size_t slot = NameEnd{high, low}.slot(search.factor);
  const KnownName& known = name_table.known.data()[name_table.slots.data()[slot]];
  return known.end.high == high && known.end.low == low ? known : name_table.known.front();
}

}  // namespace zest::http
