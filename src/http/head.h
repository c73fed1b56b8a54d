// A parsed head: offsets into the caller's bytes, so that those may move or grow. Nothing is
// copied, nothing is owned.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "http/names.h"

namespace zest::http {

struct Slice {
  uint32_t offset = 0;
  uint32_t size = 0;

  std::string_view in(const char* base) const { return {base + offset, size}; }
  bool empty() const { return size == 0; }
  uint32_t end() const { return offset + size; }
};

// One field line; the value is without the white space around it.
struct Field {
  Slice name;
  Slice value;
  Name id = Name::other;
  uint8_t skip = 0;  // not to be passed on: Writer::fields leaves it out; any value of a C host's
};

// Field lines of one message. The caller sets fields and field_capacity, at most field_count_max
// of which are used; the parser sets the rest. Whoever moves the bytes sets base again.
struct Head {
  static constexpr uint32_t field_count_max = 255;

  const char* base = nullptr;
  Field* fields = nullptr;
  uint32_t field_count = 0;
  uint32_t field_capacity = 0;
  uint32_t size = 0;      // of the whole head: from base to behind the last CRLF
  uint8_t minor = 0;      // HTTP/1.minor, 0 or 1
  uint64_t present = 0;   // a bit for each Name that occurs
  uint64_t repeated = 0;  // a bit for each Name that occurs more than once
  std::array<uint8_t, name_count> last_index;  // of each present Name

  bool has(Name id) const { return present >> static_cast<int>(id) & 1; }
  bool has_several(Name id) const { return repeated >> static_cast<int>(id) & 1; }

  // The first field of that name, or null. Not for Name::other.
  const Field* find(Name id) const {
    if (!has(id)) return nullptr;
    if (!has_several(id)) return fields + last_index[static_cast<size_t>(id)];
    const Field* field = fields;
    while (field->id != id) ++field;
    return field;
  }

  // The first field of that name, in any case of letters, or null.
  const Field* find(std::string_view name) const;

  // By reference: two words just written must not be read as one, for which the CPU would wait.
  std::string_view text(const Slice& slice) const { return {base + slice.offset, slice.size}; }
  // The value of the first field of that name, or nothing.
  std::string_view value(Name id) const {
    const Field* field = find(id);
    return field ? text(field->value) : std::string_view();
  }

  const Field* begin() const { return fields; }
  const Field* end() const { return fields + field_count; }
};

enum class Method : uint8_t {
  get,
  head,
  post,
  put,
  delete_,
  connect,
  options,
  trace,
  patch,
  other
};

// RFC 9110, 9.2: what may be sent again without asking.
constexpr bool is_safe(Method method) {
  return method == Method::get || method == Method::head || method == Method::options ||
         method == Method::trace;
}
constexpr bool is_idempotent(Method method) {
  return is_safe(method) || method == Method::put || method == Method::delete_;
}

// RFC 9112, 3.2.
enum class TargetForm : uint8_t { origin, absolute, authority, asterisk };

struct RequestHead : Head {
  Slice method;
  Slice target;     // as it came
  Slice authority;  // of absolute and authority form
  Slice path;       // path and query; empty where the target has none: see request_target
  Slice host;       // in force: the target's authority, else the Host field's value; may be empty
  Method method_id = Method::other;
  TargetForm form = TargetForm::origin;

  // What an origin server is asked for: path and query, "/" for a bare authority, "*".
  std::string_view request_target() const {
    if (!path.empty()) return text(path);
    return method_id == Method::options ? "*" : "/";
  }
};

struct ResponseHead : Head {
  uint16_t status = 0;
  Slice reason;
};

}  // namespace zest::http
