// Heads and chunk lines into a caller's memory.
#include <zest/http.h>

#include <charconv>

#include "capi/guard.h"
#include "capi/http_view.h"
#include "http/chunked.h"
#include "http/serialize.h"

using namespace zest;
using namespace zest::capi;

namespace {

// The first failure stays.
zest_status refuse(zest_http_writer* writer, zest_status why) {
  if (!writer) return ZEST_NULL_ARGUMENT;
  if (writer->status == ZEST_OK) writer->status = why;
  return writer->status;
}

zest_status usable(zest_http_writer* writer) {
  if (!writer) return ZEST_NULL_ARGUMENT;
  if (!writer->bytes && writer->capacity > 0) return refuse(writer, ZEST_NULL_ARGUMENT);
  if (writer->size > writer->capacity) return refuse(writer, ZEST_INVALID_ARGUMENT);
  return writer->status;
}

// Calls put(piece) with a writer behind what is there; all of the piece stays, or nothing.
template <typename Put>
zest_status write(zest_http_writer* writer, Put put) {
  const zest_status ready = usable(writer);
  if (ready != ZEST_OK) return ready;
  return guard([&]() -> zest_status {
    http::Writer piece(writer->bytes + writer->size, writer->capacity - writer->size);
    put(piece);
    if (piece.invalid()) return refuse(writer, ZEST_INVALID_ARGUMENT);
    if (piece.full()) return refuse(writer, ZEST_NEED_MORE);
    writer->size += piece.size();
    return ZEST_OK;
  });
}

// One behind another, within the head: what a parser left, whatever a host did to them since.
bool in_order(const http::Head& head) {
  if (head.field_count > head.field_capacity ||
      (head.field_count > 0 && (!head.fields || !head.base)))
    return false;
  uint32_t from = 0;
  for (uint32_t i = 0; i < head.field_count; ++i) {
    const http::Slice name = head.fields[i].name;
    if (name.offset < from) return false;
    from = name.offset;
  }
  return head.field_count == 0 || (head.size >= 2 && from <= head.size - 2);
}

}  // namespace

zest_status zest_http_write_request_line(zest_http_writer* writer, const char* method,
                                         size_t method_size, const char* target, size_t target_size,
                                         uint32_t minor) {
  if (!method || !target) return refuse(writer, ZEST_NULL_ARGUMENT);
  if (minor > 1) return refuse(writer, ZEST_INVALID_ARGUMENT);
  return write(writer, [&](http::Writer& piece) {
    piece.request_line(text(method, method_size), text(target, target_size),
                       static_cast<uint8_t>(minor));
  });
}

zest_status zest_http_write_status_line(zest_http_writer* writer, uint32_t status,
                                        const char* reason, size_t reason_size, uint32_t minor) {
  if (minor > 1 || status > UINT16_MAX) return refuse(writer, ZEST_INVALID_ARGUMENT);
  const auto number = static_cast<uint16_t>(status);
  return write(writer, [&](http::Writer& piece) {
    piece.status_line(number, reason ? text(reason, reason_size) : http::reason_of(number),
                      static_cast<uint8_t>(minor));
  });
}

zest_status zest_http_write_field(zest_http_writer* writer, const char* name, size_t name_size,
                                  const char* value, size_t value_size) {
  if (!name || !readable(value, value_size)) return refuse(writer, ZEST_NULL_ARGUMENT);
  return write(writer, [&](http::Writer& piece) {
    piece.field(text(name, name_size), text(value, value_size));
  });
}

zest_status zest_http_write_number(zest_http_writer* writer, const char* name, size_t name_size,
                                   uint64_t value) {
  char digits[20];
  const char* end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  return zest_http_write_field(writer, name, name_size, digits, static_cast<size_t>(end - digits));
}

zest_status zest_http_write_fields(zest_http_writer* writer, const zest_http_head* head) {
  if (!head) return refuse(writer, ZEST_NULL_ARGUMENT);
  if (!in_order(view(*head))) return refuse(writer, ZEST_INVALID_ARGUMENT);
  return write(writer, [&](http::Writer& piece) { piece.fields(view(*head)); });
}

zest_status zest_http_write_end(zest_http_writer* writer) {
  return write(writer, [](http::Writer& piece) { piece.end_head(); });
}

zest_status zest_http_write_chunk_line(zest_http_writer* writer, uint64_t size) {
  char line[http::chunk_head_size_max];
  const size_t digits = http::write_chunk_head(line, size) - 2;
  return write(writer, [&](http::Writer& piece) {
    piece.part({line, digits});
    piece.end_field();
  });
}
