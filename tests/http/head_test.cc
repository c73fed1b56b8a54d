// What a head answers once it is parsed, and what parsers keep from call to call.
#include "http/head.h"

#include <doctest/doctest.h>

#include <array>
#include <string>

#include "http/guarded.h"
#include "http/parser.h"

namespace zest::http {
namespace {

struct Parsed {
  Parsed() {
    head.fields = fields.data();
    head.field_capacity = static_cast<uint32_t>(fields.size());
  }

  std::array<Field, 300> fields;
  RequestHead head;
};

TEST_CASE("fields are found by number and by text") {
  const std::string bytes =
      "GET / HTTP/1.1\r\nHost: a\r\nCookie: 1\r\nX-Own: 2\r\ncookie: 3\r\n\r\n";
  Parsed parsed;
  REQUIRE(RequestParser().parse(bytes, parsed.head) == Parse::complete);
  const RequestHead& head = parsed.head;
  CHECK(head.find(Name::host) == &head.fields[0]);
  CHECK(head.find(Name::cookie) == &head.fields[1]);
  CHECK(head.find("x-own") == &head.fields[2]);
  CHECK(head.find("x-ow") == nullptr);
  CHECK(head.find(Name::accept) == nullptr);
  CHECK(head.value(Name::cookie) == "1");
  CHECK(head.value(Name::accept).empty());
  CHECK(head.has(Name::cookie));
  CHECK(head.has_several(Name::cookie));
  CHECK(!head.has_several(Name::host));
  CHECK(!head.has(Name::other));
  CHECK(head.end() - head.begin() == 4);
}

// Heads look short names up by themselves, and again where a line is unusual.
TEST_CASE("a name in a head is what it is alone, also cut short, longer, or with other letters") {
  const auto check = [](const std::string& name) {
    for (const char* value : {": 1", ":1", ": 1 "}) {
      const std::string bytes =
          "GET / HTTP/1.1\r\nHost: abc\r\n" + name + value + "\r\nX-Own: 2\r\n\r\n";
      Parsed parsed;
      REQUIRE(RequestParser().parse(bytes, parsed.head) == Parse::complete);
      CHECK(parsed.head.fields[1].id == name_of(name));
      CHECK(parsed.head.text(parsed.head.fields[1].name) == name);
      CHECK(parsed.head.text(parsed.head.fields[1].value) == "1");
    }
  };
  for (size_t id = 1; id < name_count; ++id) {
    const std::string text(text_of(static_cast<Name>(id)));
    for (size_t from = 0; from < text.size(); ++from) check(text.substr(from));
    check("x" + text);
    check(text + "x");
    for (size_t i = 0; i < text.size(); ++i) check(std::string(text).replace(i, 1, "~"));
  }
}

TEST_CASE("the bytes may move") {
  std::string bytes = "GET /a HTTP/1.1\r\nHost: b\r\n\r\n";
  Parsed parsed;
  REQUIRE(RequestParser().parse(bytes, parsed.head) == Parse::complete);
  const std::string moved = bytes;
  bytes.assign(bytes.size(), 'x');
  parsed.head.base = moved.data();
  CHECK(parsed.head.request_target() == "/a");
  CHECK(parsed.head.text(parsed.head.host) == "b");
}

TEST_CASE("a parser is used again after reset") {
  Parsed parsed;
  RequestParser parser;
  CHECK(parser.parse("GET / HTTP/1.1\r\nHost: \x01!", parsed.head) == Parse::refused);
  CHECK(parser.refusal().status == 400);
  parser.reset();
  CHECK(parser.parse("GET / HTTP/1.1\r\nHo", parsed.head) == Parse::incomplete);
  parser.reset();
  CHECK(parser.parse("POST /b HTTP/1.0\r\n\r\n", parsed.head) == Parse::complete);
  CHECK(parsed.head.method_id == Method::post);
}

TEST_CASE("no head has more than 255 fields, whatever the limits") {
  for (const int count : {254, 255}) {
    std::string bytes = "GET / HTTP/1.1\r\nHost: a\r\n";
    for (int i = 0; i < count; ++i) bytes += "a:b\r\n";
    bytes += "\r\n";
    Parsed parsed;
    RequestParser parser;
    const Parse parse = parser.parse(bytes, parsed.head, {.fields = 1000});
    CHECK(parse == (count == 254 ? Parse::complete : Parse::refused));
    CHECK(parser.refusal().status == (count == 254 ? 0 : 431));
  }
}

// A slow client's bytes are each looked at about once: the time of a long head in many pieces is
// far from the square of its length. Counted in blocks, by a kernel that counts.
TEST_CASE("what has been scanned is not scanned again") {
  static uint64_t scanned;
  scanned = 0;
  Scan counting = fastest_scan();
  counting.find_lines = [](const char* bytes, uint32_t size, Cursor& cursor, Lines& lines) {
    scanned += size - cursor.at;
    fastest_scan().find_lines(bytes, size, cursor, lines);
  };
  std::string bytes = "GET / HTTP/1.1\r\nHost: a\r\nCookie: " + std::string(20000, 'x');
  bytes += "\r\n\r\n";
  Parsed parsed;
  RequestParser parser(counting);
  for (size_t size = 1; size < bytes.size(); ++size) {
    REQUIRE(parser.parse(std::string_view(bytes).substr(0, size), parsed.head) ==
            Parse::incomplete);
  }
  CHECK(scanned < 64 * bytes.size());
  scanned = 0;
  CHECK(parser.parse(bytes, parsed.head) == Parse::complete);
  CHECK(scanned < bytes.size() + 128);
}

TEST_CASE("methods, and which of them may be sent again") {
  const std::pair<const char*, Method> methods[] = {
      {"GET", Method::get},         {"HEAD", Method::head},      {"POST", Method::post},
      {"PUT", Method::put},         {"DELETE", Method::delete_}, {"TRACE", Method::trace},
      {"OPTIONS", Method::options}, {"PATCH", Method::patch},    {"BREW", Method::other},
      {"get", Method::other},       {"OPTION", Method::other},   {"CONNECTED", Method::other}};
  for (const auto& [text, id] : methods) {
    Parsed parsed;
    const std::string bytes = std::string(text) + " / HTTP/1.0\r\n\r\n";
    REQUIRE(RequestParser().parse(bytes, parsed.head) == Parse::complete);
    CHECK(parsed.head.method_id == id);
  }
  CHECK(is_idempotent(Method::put));
  CHECK(is_idempotent(Method::get));
  CHECK(!is_idempotent(Method::post));
  CHECK(!is_idempotent(Method::other));
  CHECK(is_safe(Method::options));
  CHECK(!is_safe(Method::delete_));
}

}  // namespace
}  // namespace zest::http
