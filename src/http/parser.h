// Request and response heads out of bytes that arrive in any pieces.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "http/head.h"
#include "http/scan.h"

namespace zest::http {

struct Limits {
  uint32_t head_bytes = 32768;
  uint32_t request_line = 8192;
  uint32_t fields = 100;  // and never more than Head::field_count_max
};

enum class Parse : uint8_t { complete, incomplete, refused };

// Why a message is not taken: the status that says so, and where in the bytes it went wrong.
struct Refusal {
  uint16_t status = 0;
  uint32_t offset = 0;
  const char* why = "";
};

// See fields.h.
bool read_any_fields(const uint32_t* events, uint32_t count, uint32_t start, Head& into,
                     Slice& host);
bool read_fields(const uint32_t* events, uint32_t count, Head& into, Slice& host);

// What the parsers share: how far the bytes have been looked at, and the field lines.
class HeadParser {
 public:
  // Forgets everything: the next bytes begin another head.
  void reset() { *this = HeadParser(*scan_, first_lines_); }
  const Refusal& refusal() const { return refusal_; }

 protected:
  static constexpr uint32_t empty_lines_max = 4;
  static constexpr uint32_t events_per_line = 2;

  HeadParser(const Scan& scan, uint32_t first_lines) : scan_(&scan), first_lines_(first_lines) {}

  // False: too few bytes yet to say.
  bool skip_empty_lines(std::string_view bytes) {
    const bool none = start_ < bytes.size() && bytes[start_] != '\r';
    return none || skip_some_lines(bytes);
  }
  Parse find_lines(std::string_view bytes, const Limits& limits, Lines& lines);
  Parse finish(const char* base, const Limits& limits, const Lines& lines, Head& into, Slice& host);
  Parse finish(const char* base, const Limits& limits, const Lines& lines, Head& into) {
    Slice host;
    return finish(base, limits, lines, into, host);
  }
  Parse refuse(uint16_t status, uint32_t offset, const char* why);
  Parse refuse(const Refusal& refusal);

  uint32_t start_ = 0;       // where the first line begins
  uint32_t first_word_ = 0;  // the end of its first word, once seen
  uint32_t first_feed_ = 0;  // its LF, once seen
  bool first_read_ = false;
  Refusal refusal_;

 private:
  bool skip_some_lines(std::string_view bytes);
  Parse find_rest(std::string_view bytes, const Limits& limits, Lines& lines, uint32_t before,
                  bool resumed);
  Parse explain(const char* base, const Limits& limits, const Lines& lines);
  void restart() { cursor_ = Cursor{.at = start_}; }
  void note_first_line(const Lines& lines, uint32_t before);
  bool is_end(std::string_view bytes, const Lines& lines) const;
  bool may_end(std::string_view bytes, uint32_t stop) const;
  bool line_too_long(uint32_t size, const Limits& limits, const Lines& lines) const;
  Parse unended(std::string_view bytes, const Limits& limits, const Lines& lines, uint32_t before);
  Refusal check_lines(const char* base, const Limits& limits, const Lines& lines,
                      uint32_t before) const;

  const Scan* scan_;
  Cursor cursor_;
  uint32_t first_lines_;  // before the fields: the request or status line, or none
};

// "\r\n\r\n", the second CR of which is where the scan stopped.
inline bool HeadParser::is_end(std::string_view bytes, const Lines& lines) const {
  return lines.irregular && lines.stop >= start_ + 3 && lines.stop + 1 < bytes.size() &&
         memcmp(bytes.data() + lines.stop - 2, "\r\n\r\n", 4) == 0;
}

inline Parse HeadParser::find_lines(std::string_view bytes, const Limits& limits, Lines& lines) {
  const std::string_view head(bytes.data(), std::min<size_t>(bytes.size(), limits.head_bytes));
  const uint32_t before = cursor_.count;
  const bool resumed = cursor_.at > start_;
  scan_->find_lines(head.data(), static_cast<uint32_t>(head.size()), cursor_, lines);
  const bool whole = !resumed && is_end(head, lines);
  if (!whole || lines.event[1] >= start_ + limits.request_line + 2) [[unlikely]] {
    return find_rest(head, limits, lines, before, resumed);
  }
  first_word_ = lines.event[0];
  first_feed_ = lines.event[1];
  return Parse::complete;
}

// All fields of a head whose end is found; `host`: the value of Host, or nothing.
inline Parse HeadParser::finish(const char* base, const Limits& limits, const Lines& lines,
                                Head& into, Slice& host) {
  const uint32_t* events = lines.event.data() + events_per_line * first_lines_;
  const uint32_t count = lines.count / events_per_line - first_lines_;
  into.base = base;
  into.size = lines.stop + 2;
  const bool good =
      count <= limits.fields && (first_lines_ ? read_fields(events, count, into, host)
                                              : read_any_fields(events, count, start_, into, host));
  return good ? Parse::complete : explain(base, limits, lines);
}

// parse: `bytes` is everything since the head began, again from its first byte each time, at any
// address. Once complete or refused, reset() comes before the next head.
class RequestParser : public HeadParser {
 public:
  explicit RequestParser(const Scan& scan = fastest_scan()) : HeadParser(scan, 1) {}
  // Refused with 400, 414, 431, 501 or 505.
  Parse parse(std::string_view bytes, RequestHead& into, const Limits& limits = {});
};

class ResponseParser : public HeadParser {
 public:
  explicit ResponseParser(const Scan& scan = fastest_scan()) : HeadParser(scan, 1) {}
  // Refused with 502. Limits::request_line holds for the status line.
  Parse parse(std::string_view bytes, ResponseHead& into, const Limits& limits = {});

 private:
  Parse parse_any(std::string_view bytes, ResponseHead& into, const Limits& bounds);
};

}  // namespace zest::http
