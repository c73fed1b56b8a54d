#include "http/connection.h"

#include <bit>
#include <utility>

#include "http/chars.h"
#include "http/list.h"

namespace zest::http {
namespace {

constexpr uint64_t bit_of(Name name) { return 1ULL << static_cast<int>(name); }

constexpr uint64_t hop_by_hop = bit_of(Name::connection) | bit_of(Name::keep_alive) |
                                bit_of(Name::proxy_connection) | bit_of(Name::te) |
                                bit_of(Name::transfer_encoding) | bit_of(Name::upgrade) |
                                bit_of(Name::http2_settings) | bit_of(Name::proxy_authorization) |
                                bit_of(Name::proxy_authenticate) | bit_of(Name::proxy);

void read_option(std::string_view element, ConnectionOptions& options) {
  if (same_text(element, "close")) {
    options.close = true;
  } else if (same_text(element, "keep-alive")) {
    options.keep_alive = true;
  } else if (same_text(element, "upgrade")) {
    options.upgrade = true;
  } else if (!element.empty()) {
    options.malformed |= !is_token(element) || ++options.names > ConnectionOptions::names_max;
  }
}

// Calls use(element) for each element of each Connection field.
template <typename Use>
void for_each_option(const Head& head, Use use) {
  if (!head.has(Name::connection)) return;
  for (const Field& field : head) {
    if (field.id != Name::connection) continue;
    List list(head.text(field.value));
    for (std::string_view element; list.next(element);) use(element);
  }
}

void mark_named(Head& head, std::string_view name, uint32_t& marked) {
  for (uint32_t i = 0; i < head.field_count; ++i) {
    Field& field = head.fields[i];
    if (field.id != Name::other || field.skip || !same_text(head.text(field.name), name)) continue;
    field.skip = true;
    ++marked;
  }
}

// At most names_max names are looked for, so that this stays linear.
uint32_t mark_nominated(Head& head) {
  uint32_t marked = 0, names = 0;
  for_each_option(head, [&](std::string_view element) {
    if (names >= ConnectionOptions::names_max || name_of(element) != Name::other) return;
    if (same_text(element, "close") || element.empty()) return;
    ++names;
    mark_named(head, element, marked);
  });
  return marked;
}

}  // namespace

ConnectionOptions connection_options(const Head& head) {
  ConnectionOptions options;
  if (!head.has(Name::connection)) return options;
  if (!head.has_several(Name::connection)) {
    const std::string_view value = head.value(Name::connection);
    if (value == "keep-alive") return {.keep_alive = true};
    if (value == "close") return {.close = true};
  }
  for_each_option(head, [&](std::string_view element) { read_option(element, options); });
  return options;
}

uint32_t mark_hop_by_hop(Head& head) {
  uint32_t marked = 0;
  const auto mark = [&](Field& field) { marked += !std::exchange(field.skip, uint8_t{1}); };
  for (uint64_t left = head.present & hop_by_hop; left; left &= left - 1) {
    const auto id = static_cast<Name>(std::countr_zero(left));
    mark(head.fields[head.last_index[static_cast<size_t>(id)]]);
    if (!head.has_several(id)) continue;
    for (uint32_t i = 0; i < head.field_count; ++i) {
      if (head.fields[i].id == id) mark(head.fields[i]);
    }
  }
  return connection_options(head).names ? marked + mark_nominated(head) : marked;
}

}  // namespace zest::http
