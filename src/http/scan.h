// What a kernel (one per instruction set) does: find the lines of a head and the end of the first
// word in each, and stop where control characters are not exactly one CRLF.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace zest::http {

// How far a head has been looked at, in whole blocks of 64 bytes.
struct Cursor {
  static constexpr uint64_t line_start = 3ULL << 62;

  uint32_t at = 0;
  uint32_t count = 0;             // events found before `at`
  uint64_t control = line_start;  // the block before: a bit per control character
  uint8_t carry = 0;              // the line's first word has begun, and not ended
};

// Two events per line: the first byte behind its leading token characters, and its LF (or the
// second of whatever two control characters stand there: only CR and HTAB have been told apart).
struct Lines {
  static constexpr uint32_t events_max = 2 * (255 + 1);
  static constexpr uint32_t spare = 64 + 16;  // a block's, and what a kernel writes behind them

  std::array<uint32_t, events_max + spare> event;
  uint32_t count = 0;
  uint32_t stop = 0;       // with `irregular`: the byte that made it so
  bool irregular = false;  // one control character alone, or a third in a row
  bool full = false;       // more events than events_max
};

struct Scan {
  const char* name;
  // From cursor.at to size. Fills `lines`; moves the cursor over whole blocks.
  void (*find_lines)(const char* bytes, uint32_t size, Cursor& cursor, Lines& lines);
  // The masks of 64 bytes, for tests: bit i is byte i.
  uint64_t (*control)(const char* block);  // CTL but HTAB
  uint64_t (*token)(const char* block);    // tchar of RFC 9110, 5.6.2
};

// Those that this CPU can run, the slowest (portable) first.
std::span<const Scan* const> usable_scans();
const Scan& fastest_scan();
// By name: portable, sse42, avx2, avx512; null where this CPU cannot.
const Scan* scan_named(std::string_view name);
// The one that ZEST_HTTP_SCAN names, else the fastest. For the start of a program: whoever makes
// parsers hands it down.
const Scan& chosen_scan();

}  // namespace zest::http
