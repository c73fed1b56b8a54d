#include "http/fields.h"

#include <array>
#include <cstddef>
#include <cstring>

#include "http/chars.h"
#include "http/name_table.h"

namespace zest::http {
namespace {

constexpr uint32_t name_window = 16;  // see name_before

bool is_pair(const char* at, const char (&pair)[3]) { return memcmp(at, pair, 2) == 0; }

bool is_visible(char c) { return static_cast<unsigned char>(c) > ' '; }

Slice trim(const char* base, uint32_t from, uint32_t to) {
  while (from < to && is_in(base[from], space_char)) ++from;
  while (from < to && is_in(base[to - 1], space_char)) --to;
  return {.offset = from, .size = to - from};
}

Name resolve(const char* base, uint32_t start, uint32_t end) {
  if (end >= name_window) return name_before(base + end, end - start).id;
  return name_of({base + start, end - start});
}

// What is noted of all fields together; goes to the head at the end, to stay in registers.
struct Names {
  uint64_t present = 0;
  uint64_t repeated = 0;

  void add(uint64_t bit) {
    if (present & bit) [[unlikely]] {
      repeated |= bit;
    }
    present |= bit;
  }
};

// "name: value": one space before the value, none behind it. Nearly every line is so.
bool is_usual(const char* name_end, const char* feed) {
  return is_pair(name_end, ": ") && is_visible(name_end[2]) && is_visible(feed[-2]) &&
         is_pair(feed - 1, "\r\n");
}

// False: not "name:", or the line's end is no CRLF.
bool read_line(const char* base, uint32_t start, uint32_t colon, uint32_t feed, Field& into) {
  into = {.name = {.offset = start, .size = colon - start},
          .value = trim(base, colon + 1, feed - 1),
          .id = resolve(base, start, colon)};
  return colon != start && base[colon] == ':' && is_pair(base + feed - 1, "\r\n");
}

// Lines of any kind.
[[gnu::noinline]] bool read_any(const uint32_t* events, uint32_t start, Head& into, Slice& host) {
  Names names;
  bool good = true;
  host = {};
  for (uint32_t i = 0; i < into.field_count; ++i) {
    Field& field = into.fields[i];
    good &= read_line(into.base, start, events[2 * i], events[2 * i + 1], field);
    if (field.id == Name::host) host = field.value;
    names.add(name_table.known[static_cast<size_t>(field.id)].bit);
    into.last_index[static_cast<size_t>(field.id)] = static_cast<uint8_t>(i);
    start = events[2 * i + 1] + 1;
  }
  into.present = names.present;
  into.repeated = names.repeated;
  return good;
}

// Of no name, or of sixteen characters and more.
[[gnu::noinline]] const KnownName& other_name(const char* end, uint32_t size) {
  return name_before(end, size);
}

// Null: an empty name.
[[gnu::always_inline]] inline const KnownName* name_at(const char* end, uint32_t size,
                                                       const NameSearch& search) {
  if (size - 1 < short_name_max) [[likely]] {
    return &short_name_before(end, size, search);
  }
  return size ? &other_name(end, size) : nullptr;
}

using Four [[gnu::vector_size(16)]] = uint32_t;

// Name and value of a usual line, from the LF before it, its colon, and its LF.
[[gnu::always_inline]] inline void place(const uint32_t* events, Field& field) {
  Four ends;
  memcpy(&ends, events, sizeof ends);
  const Four to = __builtin_shufflevector(ends, ends, 0, 1, 1, 2);
  const Four from = __builtin_shufflevector(Four{}, ends, 0, 4, 0, 5);
  const Four slices = to - from + Four{1, -1U, 2, -3U};
  memcpy(static_cast<void*>(&field), &slices, sizeof slices);
}
static_assert(offsetof(Field, value) == 8 && sizeof(Field::name) + sizeof(Field::value) == 16);

}  // namespace

bool read_any_fields(const uint32_t* events, uint32_t count, uint32_t start, Head& into,
                     Slice& host) {
  into.field_count = count;
  return read_any(events, start, into, host);
}

// All lines as if they were usual, and again if one is not.
//
// Host's value, which is looked at next, is taken on the way, by a branch: found through
// last_index it would wait for the name of every line.
bool read_fields(const uint32_t* events, uint32_t count, Head& into, Slice& host) {
  into.field_count = count;
  if (count == 0 || events[0] < name_window) return read_any(events, events[-1] + 1, into, host);
  const char* base = into.base;
  Field* field = into.fields;
  host = {};
  Names names;
  const NameSearch search;
  uint32_t name = events[-1] + 1;
  for (size_t i = 0; i < count; ++i, ++field) {
    const uint32_t colon = events[2 * i], feed = events[2 * i + 1];
    const KnownName* known = name_at(base + colon, colon - name, search);
    place(events + 2 * i - 1, *field);
    if (!known || !is_usual(base + colon, base + feed)) [[unlikely]] {
      return read_any(events, events[-1] + 1, into, host);
    }
    if (known->id == Name::host) host = {.offset = colon + 2, .size = feed - colon - 3};
    field->id = known->id;
    field->skip = 0;
    names.add(known->bit);
    into.last_index.data()[static_cast<size_t>(known->id)] = static_cast<uint8_t>(i);
    name = feed + 1;
  }
  into.present = names.present;
  into.repeated = names.repeated;
  return true;
}

Refusal explain_fields(const char* base, const uint32_t* events, uint32_t count, uint32_t start) {
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t colon = events[2 * i];
    const char c = base[colon];
    if (colon == start && is_in(c, space_char)) return {400, start, "a folded line"};
    if (colon == start) return {400, start, "a field without a name"};
    if (c == ' ' || c == '\t') return {400, colon, "white space before the colon"};
    if (c != ':') return {400, colon, "no character of a field name"};
    start = events[2 * i + 1] + 1;
  }
  return {400, start, "no field line"};
}

const Field* Head::find(std::string_view name) const {
  for (const Field& field : *this) {
    if (same_text(text(field.name), name)) return &field;
  }
  return nullptr;
}

}  // namespace zest::http
