// Fields of a head that was parsed.
#include <zest/http.h>

#include "capi/guard.h"
#include "capi/http_view.h"
#include "http/connection.h"

using namespace zest;
using namespace zest::capi;

namespace {

// Where to go on behind that field; none if it is not of the head.
size_t index_behind(const http::Head& head, const zest_http_field* field) {
  if (!field) return 0;
  const zest_http_field* first = view(head.fields);
  const auto from = reinterpret_cast<uintptr_t>(first), at = reinterpret_cast<uintptr_t>(field);
  const size_t index = at >= from ? (at - from) / sizeof *field : head.field_count;
  return index < head.field_count ? index + 1 : head.field_count;
}

const http::Field* find(const http::Head& head, std::string_view name, size_t from) {
  const http::Name id = http::name_of(name);
  if (id != http::Name::other) {
    if (!head.has(id)) return nullptr;
    const size_t last = head.last_index[static_cast<size_t>(id)];
    if (!head.has_several(id))
      return last >= from && last < head.field_count ? head.fields + last : nullptr;
  }
  for (size_t i = from; i < head.field_count; ++i) {
    const http::Field& field = head.fields[i];
    if (field.id != id) continue;
    if (id != http::Name::other || http::same_text(head.text(field.name), name)) return &field;
  }
  return nullptr;
}

}  // namespace

const zest_http_field* zest_http_find(const zest_http_head* head, const char* name,
                                      size_t name_size, const zest_http_field* behind) {
  if (!head || !name || !view(*head).fields) return nullptr;
  const http::Head& viewed = view(*head);
  return view(find(viewed, text(name, name_size), index_behind(viewed, behind)));
}

uint32_t zest_http_name_id(const char* name, size_t name_size) {
  return name ? static_cast<uint32_t>(http::name_of(text(name, name_size))) : 0;
}

zest_status zest_http_mark_hop_by_hop(zest_http_head* head) {
  if (!head) return ZEST_NULL_ARGUMENT;
  return guard([&]() -> zest_status {
    http::Head& viewed = view(*head);
    if (viewed.field_count > 0) http::mark_hop_by_hop(viewed);
    return ZEST_OK;
  });
}
