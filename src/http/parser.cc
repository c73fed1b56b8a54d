// The order of refusals is that of the prefixes that are certainly wrong: so it is the same however
// the bytes were cut into pieces.
#include "http/parser.h"

#include <algorithm>

#include "http/fields.h"

namespace zest::http {
namespace {

bool is_line_end(const char* feed) { return feed[-1] == '\r' && feed[0] == '\n'; }

}  // namespace

Parse HeadParser::refuse(uint16_t status, uint32_t offset, const char* why) {
  return refuse({.status = status, .offset = offset, .why = why});
}

Parse HeadParser::refuse(const Refusal& refusal) {
  refusal_ = refusal;
  return Parse::refused;
}

bool HeadParser::skip_some_lines(std::string_view bytes) {
  while (start_ + 1 < bytes.size() && start_ < empty_lines_max * 2 && bytes[start_] == '\r' &&
         bytes[start_ + 1] == '\n') {
    start_ += 2;
    restart();
  }
  return start_ < bytes.size() && (bytes[start_] != '\r' || start_ + 1 < bytes.size());
}

Parse HeadParser::find_rest(std::string_view bytes, const Limits& limits, Lines& lines,
                            uint32_t before, bool resumed) {
  if (before < events_per_line) note_first_line(lines, before);
  if (line_too_long(static_cast<uint32_t>(bytes.size()), limits, lines)) {
    first_feed_ = 0;
    return refuse(414, start_, "the first line is too long");
  }
  if (!is_end(bytes, lines)) return unended(bytes, limits, lines, before);
  if (!resumed) return Parse::complete;
  restart();
  lines.count = 0;
  lines.irregular = false;
  scan_->find_lines(bytes.data(), static_cast<uint32_t>(bytes.size()), cursor_, lines);
  // Bytes that have changed since are a host's doing, and must do no harm.
  if (is_end(bytes, lines)) return Parse::complete;
  return refuse(400, start_, "the bytes have changed");
}

void HeadParser::note_first_line(const Lines& lines, uint32_t before) {
  if (before == 0 && lines.count > 0) first_word_ = lines.event[0];
  if (before + lines.count >= events_per_line) first_feed_ = lines.event[1 - before];
}

// Both CR and LF behind the line must have come before so many bytes have.
bool HeadParser::line_too_long(uint32_t size, const Limits& limits, const Lines& lines) const {
  const uint64_t end = uint64_t{start_} + limits.request_line + 2;
  const uint32_t seen = lines.irregular ? lines.stop : size;
  return seen >= end && (first_feed_ == 0 || first_feed_ >= end);
}

// What is known to be wrong though the end has not come, the first of it first.
Parse HeadParser::unended(std::string_view bytes, const Limits& limits, const Lines& lines,
                          uint32_t before) {
  if (Refusal found = check_lines(bytes.data(), limits, lines, before); found.status) {
    return refuse(found);
  }
  if (lines.irregular && !may_end(bytes, lines.stop)) {
    return refuse(400, lines.stop, "a control character, or a CR or LF alone");
  }
  if (bytes.size() < limits.head_bytes) return Parse::incomplete;
  if (!first_feed_) return refuse(414, start_, "the first line is too long");
  return refuse(431, limits.head_bytes, "the head is too long");
}

// The third CR of "\r\n\r" at the end of what has come.
bool HeadParser::may_end(std::string_view bytes, uint32_t stop) const {
  return stop >= start_ + 3 && stop + 1 == bytes.size() && bytes[stop] == '\r';
}

// Lines end with CRLF, and are not too many. `before`: events of earlier calls.
Refusal HeadParser::check_lines(const char* base, const Limits& limits, const Lines& lines,
                                uint32_t before) const {
  for (uint32_t i = 0; i < lines.count; ++i) {
    const uint32_t index = before + i, at = lines.event[i];
    if (index % events_per_line == 0) continue;
    if (!is_line_end(base + at)) return {400, at, "a control character, or a CR or LF alone"};
    if (index / events_per_line >= limits.fields + first_lines_)
      return {431, at, "too many fields"};
  }
  return {};
}

Parse HeadParser::explain(const char* base, const Limits& limits, const Lines& lines) {
  if (Refusal found = check_lines(base, limits, lines, 0); found.status) return refuse(found);
  const uint32_t* events = lines.event.data() + events_per_line * first_lines_;
  const uint32_t count = lines.count / events_per_line - first_lines_;
  return refuse(explain_fields(base, events, count, first_lines_ ? lines.event[1] + 1 : start_));
}

}  // namespace zest::http
