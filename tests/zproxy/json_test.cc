// Whatever the bytes, what comes out is one valid JSON string that a terminal can show.
#include "zproxy/json.h"

#include <doctest/doctest.h>

#include "base/clock.h"

namespace zest::zproxy {
namespace {

std::string json(std::string_view bytes) {
  std::string out;
  append_json_string(out, bytes);
  return out;
}

std::string time(int64_t realtime_ns) {
  std::string out;
  append_rfc3339(out, realtime_ns);
  return out;
}

TEST_CASE("what needs no care stays as it is") {
  CHECK(json("") == "\"\"");
  CHECK(json("/a?b=c%20d") == "\"/a?b=c%20d\"");
  CHECK(json("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80") == "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"");
}

TEST_CASE("quotes, backslashes and controls are escaped") {
  CHECK(json("a\"b\\c") == "\"a\\\"b\\\\c\"");
  CHECK(json("a\r\nb\t") == "\"a\\u000d\\u000ab\\u0009\"");
  CHECK(json(std::string_view("\0\x1b[2J\x7f", 6)) == "\"\\u0000\\u001b[2J\\u007f\"");
}

TEST_CASE("bytes that are no UTF-8 are escaped one by one") {
  CHECK(json("\xff\xfe") == "\"\\u00ff\\u00fe\"");
  CHECK(json("\xc3") == "\"\\u00c3\"");             // cut short
  CHECK(json("\xc0\xaf") == "\"\\u00c0\\u00af\"");  // overlong
  CHECK(json("\xe0\x80\xaf") == "\"\\u00e0\\u0080\\u00af\"");
  CHECK(json("\xed\xa0\x80") == "\"\\u00ed\\u00a0\\u0080\"");  // a surrogate
  CHECK(json("\xf4\x90\x80\x80") == "\"\\u00f4\\u0090\\u0080\\u0080\"");
  CHECK(json("\xc2\x9b"
             "31m") == "\"\\u00c2\\u009b31m\"");  // a C1 control
  CHECK(json("\xe2\x82x") == "\"\\u00e2\\u0082x\"");
}

// A reader that knows nothing of the writer: printable ASCII and whole UTF-8 alone, escapes closed.
bool is_one_string(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return false;
  for (size_t i = 1; i + 1 < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 || c == 0x7f || c == '"') return false;
    if (c != '\\') continue;
    ++i;
    if (text[i] == 'u')
      i += 4;
    else if (text[i] != '"' && text[i] != '\\')
      return false;
  }
  return true;
}

TEST_CASE("every pair of bytes makes one string") {
  for (int one = 0; one < 256; ++one)
    for (int other = 0; other < 256; ++other) {
      const char bytes[] = {static_cast<char>(one), static_cast<char>(other)};
      const std::string text = json({bytes, 2});
      CAPTURE(text);
      REQUIRE(is_one_string(text));
    }
}

TEST_CASE("times are RFC 3339 in UTC, with milliseconds") {
  CHECK(time(0) == "1970-01-01T00:00:00.000Z");
  CHECK(time(1'795'258'843'180 * ns_per_ms) == "2026-11-21T11:00:43.180Z");
  CHECK(time(951'782'400 * ns_per_s - 1) == "2000-02-28T23:59:59.999Z");
}

}  // namespace
}  // namespace zest::zproxy
