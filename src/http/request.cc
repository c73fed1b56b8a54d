#include "http/chars.h"
#include "http/first_line.h"
#include "http/sixteen.h"

namespace zest::http {
namespace {

bool is_target(std::string_view text) {
  if (text.size() < 8) return all_in(text, target_char);
  return all_good(text, [](Sixteen c) { return (c - '!' < 0x7f - '!') & (c != '#'); });
}

[[gnu::cold, gnu::noinline]] bool refuse(Refusal& refusal, uint16_t status, uint32_t offset,
                                         const char* why) {
  refusal = {status, offset, why};
  return false;
}

// Method, target and version of the line from start to the LF at `feed`; what stands where is known
// from its ends, since none of them has spaces. The first word is known to be of token characters.
const char* split_request_line(const char* base, uint32_t start, uint32_t word, uint32_t feed,
                               RequestHead& into) {
  constexpr uint32_t behind_target = 1 + version_size;
  const uint32_t end = feed - 1, target = word + 1;
  if (word == start || base[word] != ' ') return "no method and a space begin the request line";
  if (end < target + 1 + behind_target || base[end - behind_target] != ' ') {
    return "a request line is method, target and version";
  }
  into.base = base;
  into.method = {.offset = start, .size = word - start};
  const uint32_t size = end - behind_target - target;
  into.target.offset = target;
  into.target.size = size;
  into.path.offset = target;
  into.path.size = size;
  into.method_id = method_of({base + start, word - start});
  return nullptr;
}

// True: good.
bool read_request_line(const char* base, uint32_t start, uint32_t word, uint32_t feed,
                       RequestHead& into, Refusal& refusal) {
  if (base[feed - 1] != '\r' || base[feed] != '\n') {
    return refuse(refusal, 400, feed, "a control character, or a CR or LF alone");
  }
  if (const char* why = split_request_line(base, start, word, feed, into)) {
    return refuse(refusal, 400, start, why);
  }
  const uint32_t target = word + 1, version = feed - 1 - version_size;
  const Version read = read_version(base + version, into.minor);
  if (read == Version::none) return refuse(refusal, 400, version, "no HTTP version");
  if (!is_target({base + target, version - 1 - target})) {
    return refuse(refusal, 400, target, "a character that cannot stand in a target");
  }
  if (read == Version::other) return refuse(refusal, 505, version, "not HTTP/1.0 or HTTP/1.1");
  const char* why = read_target(into);
  return !why || refuse(refusal, 400, target, why);
}

}  // namespace

Version read_version(const char* text, uint8_t& minor) {
  const std::string_view version(text, version_size);
  minor = version == "HTTP/1.1";
  if (minor || version == "HTTP/1.0") return Version::good;
  const bool known = version.starts_with("HTTP/") && is_in(version[5], digit_char) &&
                     version[6] == '.' && is_in(version[7], digit_char);
  return known ? Version::other : Version::none;
}

Parse RequestParser::parse(std::string_view bytes, RequestHead& into, const Limits& limits) {
  const Limits bounds = bounded(limits, into);
  if (!skip_empty_lines(bytes)) return Parse::incomplete;
  Lines lines;
  const Parse found = find_lines(bytes, bounds, lines);
  if (first_feed_ && (found == Parse::complete || !first_read_)) {
    first_read_ = true;
    if (!read_request_line(bytes.data(), start_, first_word_, first_feed_, into, refusal_)) {
      return Parse::refused;
    }
  }
  if (found != Parse::complete) return found;
  if (finish(bytes.data(), bounds, lines, into, into.host) != Parse::complete)
    return Parse::refused;
  if (!into.authority.empty()) into.host = into.authority;
  return Parse::complete;
}

}  // namespace zest::http
