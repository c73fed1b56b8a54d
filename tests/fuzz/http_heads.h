// What the fuzzers of heads share: the same bytes on every kernel and in pieces must give the same
// answer, and what is written from a head must parse to that head again.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "http/parser.h"
#include "http/scan.h"
#include "http/serialize.h"

namespace zest::fuzz {

using namespace http;

template <typename HeadType>
struct Outcome {
  Parse parse = Parse::incomplete;
  Refusal refusal;
  HeadType head;
  std::array<Field, Head::field_count_max> fields;
};

// Of exactly these bytes, in memory of their own: AddressSanitizer sees what is read beyond.
template <typename Parser, typename HeadType>
void parse_copy(Parser& parser, std::string_view bytes, const Limits& limits,
                Outcome<HeadType>& out) {
  const auto copy = std::make_unique<char[]>(bytes.size());
  bytes.copy(copy.get(), bytes.size());
  out.head = HeadType();
  out.head.fields = out.fields.data();
  out.head.field_capacity = Head::field_count_max;
  out.parse = parser.parse({copy.get(), bytes.size()}, out.head, limits);
  out.refusal = parser.refusal();
  out.head.base = bytes.data();
}

inline bool same(const Slice& one, const Slice& other) {
  return one.offset == other.offset && one.size == other.size;
}

inline void check_same_fields(const Head& one, const Head& other) {
  ZEST_ASSERT(one.size == other.size && one.field_count == other.field_count);
  ZEST_ASSERT(one.present == other.present && one.repeated == other.repeated);
  for (uint32_t i = 0; i < one.field_count; ++i) {
    ZEST_ASSERT(same(one.fields[i].name, other.fields[i].name));
    ZEST_ASSERT(same(one.fields[i].value, other.fields[i].value));
    ZEST_ASSERT(one.fields[i].id == other.fields[i].id);
  }
}

template <typename HeadType>
void check_same(const Outcome<HeadType>& one, const Outcome<HeadType>& other) {
  ZEST_ASSERT(one.parse == other.parse);
  if (one.parse == Parse::refused) {
    ZEST_ASSERT(one.refusal.status == other.refusal.status);
    ZEST_ASSERT(one.refusal.offset == other.refusal.offset);
  }
  if (one.parse == Parse::complete) check_same_fields(one.head, other.head);
}

// Nothing else than what the grammar allows.
inline void check_fields(const Head& head) {
  for (const Field& field : head) {
    ZEST_ASSERT(field.id == name_of(head.text(field.name)) && !field.name.empty());
    for (const char c : head.text(field.value)) ZEST_ASSERT(c == '\t' || (c & 0xe0) != 0);
    const bool known = field.id != Name::other;
    ZEST_ASSERT(!known || same_text(head.text(head.find(field.id)->name), text_of(field.id)));
  }
}

inline void check_same_text(const Head& one, const Head& other) {
  ZEST_ASSERT(one.field_count == other.field_count && one.minor == other.minor);
  for (uint32_t i = 0; i < one.field_count; ++i) {
    ZEST_ASSERT(one.text(one.fields[i].name) == other.text(other.fields[i].name));
    ZEST_ASSERT(one.text(one.fields[i].value) == other.text(other.fields[i].value));
  }
}

// The first two bytes choose limits and how it is cut; the rest is the head.
template <typename Parser, typename HeadType, typename Use>
void play(const uint8_t* data, size_t size, Use use) {
  if (size < 2) return;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  Limits limits;
  if (data[0] & 1) limits = {.head_bytes = 64U + data[0], .request_line = 40, .fields = 3};
  Outcome<HeadType> whole, other;
  Parser parser(*usable_scans().front());
  parse_copy(parser, bytes, limits, whole);
  for (const Scan* scan : usable_scans()) {
    Parser again(*scan);
    parse_copy(again, bytes, limits, other);
    check_same(whole, other);
  }
  const size_t step = data[1] % 64 + 1;
  Parser pieces(fastest_scan());
  for (size_t cut = step;; cut += step) {
    parse_copy(pieces, bytes.substr(0, cut), limits, other);
    if (other.parse != Parse::incomplete || cut >= bytes.size()) break;
  }
  check_same(whole, other);
  if (whole.parse != Parse::complete) return;
  check_fields(whole.head);
  use(whole.head);
}

}  // namespace zest::fuzz
