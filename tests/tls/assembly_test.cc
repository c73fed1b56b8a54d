// Records that come in pieces.
#include "tls/assembly.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace zest::tls {
namespace {

std::string record(size_t length) {
  std::string bytes = {0x17, 3, 3, static_cast<char>(length >> 8), static_cast<char>(length)};
  for (size_t i = 0; i < length; ++i) bytes += static_cast<char>(i * 7);
  return bytes;
}

}  // namespace

TEST_CASE("pieces of every size make the record, and no byte behind it is taken") {
  for (const size_t length : {0UL, 1UL, 40UL, 300UL}) {
    for (size_t piece = 1; piece <= length + 8; ++piece) {
      const std::string wanted = record(length);
      std::string sent = wanted + "behind";
      Assembly assembly;
      CHECK(assembly.empty());
      size_t at = 0;
      while (!assembly.whole()) {
        auto bytes = std::as_writable_bytes(std::span(sent)).subspan(at);
        bytes = bytes.first(std::min(piece, bytes.size()));
        const size_t before = bytes.size();
        REQUIRE(assembly.add(bytes));
        at += before - bytes.size();
      }
      CHECK(at == wanted.size());
      CHECK(assembly.missing() == 0);
      const auto made = assembly.record();
      CHECK(std::string(reinterpret_cast<const char*>(made.data()), made.size()) == wanted);
      assembly.reset();
      CHECK(assembly.empty());
    }
  }
}

TEST_CASE("it says what is missing as far as it can be known") {
  Assembly assembly;
  std::string sent = record(100);
  auto bytes = std::as_writable_bytes(std::span(sent));
  CHECK(assembly.missing() == 5);
  auto piece = bytes.first(3);
  CHECK(assembly.add(piece));
  CHECK(assembly.missing() == 2);
  piece = bytes.subspan(3, 12);
  CHECK(assembly.add(piece));
  CHECK(assembly.missing() == 90);
}

TEST_CASE("a record that says it is too long is not waited for") {
  Assembly assembly;
  std::string sent = "\x17\x03\x03\xff\xff and so on";
  auto bytes = std::as_writable_bytes(std::span(sent));
  auto piece = bytes.first(2);
  CHECK(assembly.add(piece));
  piece = bytes.subspan(2);
  CHECK(assembly.add(piece));
  CHECK(assembly.whole());
  CHECK(assembly.record().size() == record_header_size);
}

}  // namespace zest::tls
