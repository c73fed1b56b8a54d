// Each kernel against the table of chars.h, and against each other.
#include "http/scan.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <random>

#include "http/chars.h"

namespace zest::http {
namespace {

using Block = std::array<char, 64>;

uint64_t mask_of(const Block& block, uint8_t classes) {
  uint64_t mask = 0;
  for (size_t i = 0; i < block.size(); ++i) mask |= uint64_t{is_in(block[i], classes)} << i;
  return mask;
}

TEST_CASE("each kernel has the classes of the table, for every byte at every place") {
  for (const Scan* scan : usable_scans()) {
    INFO(scan->name);
    for (int c = 0; c < 256; ++c) {
      for (size_t i = 0; i < 64; ++i) {
        Block block;
        block.fill(static_cast<char>(c + 1));
        block[i] = static_cast<char>(c);
        REQUIRE(scan->control(block.data()) == mask_of(block, control_char));
        REQUIRE(scan->token(block.data()) == mask_of(block, token_char));
      }
    }
  }
}

TEST_CASE("each kernel finds the same lines in random text") {
  std::mt19937 random(1);
  const std::string_view letters = "ab: \r\n\r\n\t\x01\x80";
  for (int round = 0; round < 20000; ++round) {
    std::string text(random() % 300, 'x');
    for (char& c : text) c = random() % 4 ? 'x' : letters[random() % letters.size()];
    Lines first;
    Cursor first_cursor;
    scan_named("portable")
        ->find_lines(text.data(), static_cast<uint32_t>(text.size()), first_cursor, first);
    for (const Scan* scan : usable_scans()) {
      Lines lines;
      Cursor cursor;
      scan->find_lines(text.data(), static_cast<uint32_t>(text.size()), cursor, lines);
      REQUIRE(lines.count == first.count);
      REQUIRE(
          std::equal(lines.event.begin(), lines.event.begin() + lines.count, first.event.begin()));
      REQUIRE(lines.irregular == first.irregular);
      REQUIRE(lines.stop == first.stop);
      REQUIRE(cursor.at == first_cursor.at);
    }
  }
}

TEST_CASE("the environment chooses a kernel, and what it does not know changes nothing") {
  for (const Scan* scan : usable_scans()) {
    ::setenv("ZEST_HTTP_SCAN", scan->name, 1);
    CHECK(&chosen_scan() == scan);
    CHECK(scan_named(scan->name) == scan);
  }
  ::setenv("ZEST_HTTP_SCAN", "abacus", 1);
  CHECK(&chosen_scan() == &fastest_scan());
  ::unsetenv("ZEST_HTTP_SCAN");
  CHECK(&chosen_scan() == &fastest_scan());
  CHECK(scan_named("abacus") == nullptr);
  CHECK(std::string_view(usable_scans().front()->name) == "portable");
}

}  // namespace
}  // namespace zest::http
