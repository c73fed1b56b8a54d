#include "zproxy/json.h"

#include <cstdio>
#include <ctime>

#include "base/clock.h"

namespace zest::zproxy {
namespace {

uint8_t byte(std::string_view text, size_t i) { return static_cast<uint8_t>(text[i]); }

bool continues(std::string_view text, size_t i) {
  return i < text.size() && (byte(text, i) & 0xc0) == 0x80;
}

// The length of the UTF-8 sequence that the text begins with; 0 if it is none: cut short, overlong,
// a surrogate, beyond U+10FFFF, or a C1 control (which a terminal would obey).
size_t utf8_length(std::string_view text) {
  const uint8_t first = byte(text, 0);
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4 || !continues(text, 1)) return 0;
  const uint8_t second = byte(text, 1);
  if (first < 0xe0) return first == 0xc2 && second < 0xa0 ? 0 : 2;
  if (!continues(text, 2)) return 0;
  if (first < 0xf0) {
    const bool overlong = first == 0xe0 && second < 0xa0;
    const bool surrogate = first == 0xed && second >= 0xa0;
    return overlong || surrogate ? 0 : 3;
  }
  if (!continues(text, 3)) return 0;
  const bool overlong = first == 0xf0 && second < 0x90;
  const bool beyond = first == 0xf4 && second >= 0x90;
  return overlong || beyond ? 0 : 4;
}

void append_escaped(std::string& out, uint8_t value) {
  constexpr char digits[] = "0123456789abcdef";
  out += "\\u00";
  out += digits[value >> 4];
  out += digits[value & 15];
}

}  // namespace

void append_json_string(std::string& out, std::string_view bytes) {
  out += '"';
  while (!bytes.empty()) {
    const size_t length = utf8_length(bytes);
    const uint8_t first = byte(bytes, 0);
    if (length == 0 || first < 0x20 || first == 0x7f) {
      append_escaped(out, first);
    } else {
      if (first == '"' || first == '\\') out += '\\';
      out += bytes.substr(0, length);
    }
    bytes.remove_prefix(length == 0 ? 1 : length);
  }
  out += '"';
}

void append_rfc3339(std::string& out, int64_t realtime_ns) {
  const time_t seconds = realtime_ns / ns_per_s;
  const auto ms = static_cast<int>(realtime_ns % ns_per_s / ns_per_ms);
  tm utc{};
  gmtime_r(&seconds, &utc);
  char text[80];
  const int size =
      snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", utc.tm_year + 1900,
               utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, ms);
  out.append(text, static_cast<size_t>(size));
}

}  // namespace zest::zproxy
