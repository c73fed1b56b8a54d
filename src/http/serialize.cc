#include "http/serialize.h"

#include <charconv>
#include <cstring>

#include "http/chars.h"

namespace zest::http {
namespace {

constexpr size_t digits_max = 20;
constexpr size_t line_end_size = 2;

// Where the line of field `index` begins: one behind another, and the last before the empty line.
uint32_t line_start(const Head& head, uint32_t index) {
  return index < head.field_count ? head.fields[index].name.offset : head.size - line_end_size;
}

}  // namespace

void Writer::put(std::string_view text) {
  if (text.size() > room()) {
    full_ = true;
    return;
  }
  if (!text.empty()) memcpy(at_, text.data(), text.size());
  at_ += text.size();
}

void Writer::put_version(uint8_t minor) { put(minor ? "HTTP/1.1" : "HTTP/1.0"); }

void Writer::request_line(std::string_view method, std::string_view target, uint8_t minor) {
  invalid_ |= !is_token(method) || target.empty() || !all_in(target, target_char);
  put(method);
  put(" ");
  put(target);
  put(" ");
  put_version(minor);
  put("\r\n");
}

void Writer::status_line(uint16_t status, std::string_view reason, uint8_t minor) {
  const char digits[] = {' ', static_cast<char>('0' + status / 100),
                         static_cast<char>('0' + status / 10 % 10),
                         static_cast<char>('0' + status % 10), ' '};
  invalid_ |= status < 100 || status > 599 || has_control(reason);
  put_version(minor);
  put({digits, sizeof digits});
  put(reason);
  put("\r\n");
}

void Writer::field(std::string_view name, std::string_view value) {
  begin_field(name);
  part(value);
  end_field();
}

void Writer::field(Name name, uint64_t number) {
  char digits[digits_max];
  const auto written = std::to_chars(digits, digits + digits_max, number);
  field(name, std::string_view(digits, written.ptr));
}

void Writer::begin_field(std::string_view name) {
  invalid_ |= !is_token(name);
  put(name);
  put(": ");
}

void Writer::part(std::string_view text) {
  invalid_ |= has_control(text);
  put(text);
}

// Runs of lines that stay go out as they came: one copy each.
void Writer::fields(const Head& head) {
  uint32_t from = 0;
  for (uint32_t i = 0; i < head.field_count; ++i) {
    if (!head.fields[i].skip) continue;
    lines(head, from, i);
    from = i + 1;
  }
  lines(head, from, head.field_count);
}

void Writer::field(const Head& head, const Field& field) {
  const auto index = static_cast<uint32_t>(&field - head.fields);
  lines(head, index, index + 1);
}

void Writer::lines(const Head& head, uint32_t from, uint32_t to) {
  if (from == to) return;
  const uint32_t start = line_start(head, from);
  put({head.base + start, line_start(head, to) - start});
}

}  // namespace zest::http
