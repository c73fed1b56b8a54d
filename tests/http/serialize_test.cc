// What the writer lets through, and in which form.
#include "http/serialize.h"

#include <doctest/doctest.h>

#include <array>
#include <string>

#include "http/chunked.h"
#include "http/connection.h"
#include "http/parser.h"

namespace zest::http {
namespace {

struct Parsed {
  explicit Parsed(std::string text) : bytes(std::move(text)) {
    head.fields = fields.data();
    head.field_capacity = static_cast<uint32_t>(fields.size());
    REQUIRE(RequestParser().parse(bytes, head) == Parse::complete);
  }

  std::string bytes;
  std::array<Field, 50> fields;
  RequestHead head;
};

struct Out {
  explicit Out(size_t capacity = 500) : bytes(capacity, 0), writer(bytes.data(), capacity) {}

  std::string bytes;
  Writer writer;
};

TEST_CASE("lines and fields") {
  Out out;
  out.writer.request_line("GET", "/a?b");
  out.writer.field(Name::host, "a");
  out.writer.field("X-Own", "");
  out.writer.field(Name::content_length, 18446744073709551615U);
  out.writer.begin_field("Via");
  out.writer.part("1.1 a");
  out.writer.part(", 1.1 b");
  out.writer.end_field();
  out.writer.end_head();
  CHECK(out.writer.ok());
  CHECK(out.writer.view() ==
        "GET /a?b HTTP/1.1\r\nHost: a\r\nX-Own: \r\nContent-Length: 18446744073709551615\r\n"
        "Via: 1.1 a, 1.1 b\r\n\r\n");
}

TEST_CASE("status lines") {
  Out out;
  out.writer.status_line(200, "OK");
  out.writer.status_line(599, "", 0);
  out.writer.status_line(404, reason_of(404));
  CHECK(out.writer.ok());
  CHECK(out.writer.view() == "HTTP/1.1 200 OK\r\nHTTP/1.0 599 \r\nHTTP/1.1 404 Not Found\r\n");
  CHECK(reason_of(299).empty());
}

TEST_CASE("received lines go out as they came, but for those to be skipped") {
  Parsed parsed(
      "GET / HTTP/1.1\r\nConnection: x-hop\r\nhost:a \r\nX-Hop: 1\r\nA:\t1\r\nB: 2\r\nTE: "
      "b\r\n\r\n");
  CHECK(mark_hop_by_hop(parsed.head) == 3);
  Out out;
  out.writer.fields(parsed.head);
  CHECK(out.writer.view() == "host:a \r\nA:\t1\r\nB: 2\r\n");
  Out one;
  one.writer.field(parsed.head, parsed.head.fields[3]);
  CHECK(one.writer.view() == "A:\t1\r\n");
}

TEST_CASE("no field, all fields, and none left") {
  Parsed none("GET / HTTP/1.0\r\n\r\n");
  Out out;
  out.writer.fields(none.head);
  CHECK(out.writer.view().empty());
  Parsed two("GET / HTTP/1.1\r\nHost: a\r\nB: c\r\n\r\n");
  out.writer.fields(two.head);
  CHECK(out.writer.view() == "Host: a\r\nB: c\r\n");
  for (Field& field : two.fields) field.skip = true;
  Out rest;
  rest.writer.fields(two.head);
  CHECK(rest.writer.view().empty());
}

TEST_CASE("nothing that would end a line passes") {
  for (const std::string_view bad : {"a\r\nX: b", "a\nb", "a\rb", "a\x7f", "\x01"}) {
    Out out;
    out.writer.field("X", bad);
    CHECK(out.writer.invalid());
    Out reason;
    reason.writer.status_line(200, bad);
    CHECK(!reason.writer.ok());
    Out target;
    target.writer.request_line("GET", bad);
    CHECK(!target.writer.ok());
    Out name;
    name.writer.field(bad, "x");
    CHECK(!name.writer.ok());
  }
  Out out;
  out.writer.field("", "x");
  CHECK(out.writer.invalid());
  Out method;
  method.writer.request_line("G T", "/");
  CHECK(method.writer.invalid());
  Out space;
  space.writer.request_line("GET", "/a b");
  CHECK(space.writer.invalid());
  Out status;
  status.writer.status_line(1000, "OK");
  CHECK(status.writer.invalid());
}

TEST_CASE("what does not fit is said, and nothing is written past the end") {
  const std::string_view whole = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  for (size_t capacity = 0; capacity <= whole.size(); ++capacity) {
    Out out(capacity);
    out.writer.request_line("GET", "/");
    out.writer.field(Name::host, "a");
    out.writer.end_head();
    CHECK(out.writer.full() == (capacity < whole.size()));
    CHECK(out.writer.size() <= capacity);
  }
}

TEST_CASE("chunk heads") {
  char out[chunk_head_size_max];
  CHECK(std::string_view(out, write_chunk_head(out, 0)) == "0\r\n");
  CHECK(std::string_view(out, write_chunk_head(out, 255)) == "ff\r\n");
  CHECK(std::string_view(out, write_chunk_head(out, UINT64_MAX)) == "ffffffffffffffff\r\n");
}

}  // namespace
}  // namespace zest::http
