#include "http/chars.h"
#include "http/first_line.h"

namespace zest::http {
namespace {

constexpr uint32_t code_size = 3;
constexpr uint16_t bad_gateway = 502;

// "HTTP/1.1 200 OK"; the space before an empty reason may be missing. Not null: what is wrong.
const char* read_status_line(const char* base, uint32_t feed, ResponseHead& into) {
  const uint32_t size = feed - 1, code = version_size + 1, reason = code + code_size;
  if (base[size] != '\r' || base[feed] != '\n') return "a control character, or a CR or LF alone";
  if (size < reason || base[version_size] != ' ' ||
      read_version(base, into.minor) != Version::good) {
    return "no status line of HTTP/1.0 or HTTP/1.1";
  }
  const std::string_view digits(base + code, code_size);
  if (!all_in(digits, digit_char) || digits[0] < '1' || digits[0] > '5' ||
      (size > reason && base[reason] != ' ')) {
    return "no status of three digits";
  }
  into.status =
      static_cast<uint16_t>((digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0'));
  const uint32_t from = std::min(size, reason + 1);
  into.reason = {.offset = from, .size = size - from};
  return nullptr;
}

}  // namespace

Parse ResponseParser::parse(std::string_view bytes, ResponseHead& into, const Limits& limits) {
  const Parse found = parse_any(bytes, into, bounded(limits, into));
  if (found == Parse::refused) refuse(bad_gateway, refusal().offset, refusal().why);
  return found;
}

Parse ResponseParser::parse_any(std::string_view bytes, ResponseHead& into, const Limits& bounds) {
  if (bytes.empty()) return Parse::incomplete;
  Lines lines;
  const Parse found = find_lines(bytes, bounds, lines);
  if (first_feed_ && (found == Parse::complete || !first_read_)) {
    first_read_ = true;
    const char* why = read_status_line(bytes.data(), first_feed_, into);
    if (why) return refuse(bad_gateway, 0, why);
  }
  return found == Parse::complete ? finish(bytes.data(), bounds, lines, into) : found;
}

}  // namespace zest::http
