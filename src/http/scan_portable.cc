// Eight bytes at a time in a general register.
#include <cstring>

#include "http/chars.h"
#include "http/scan_kernels.h"
#include "http/scan_lines.h"

namespace zest::http {
namespace {

constexpr uint64_t ones = 0x0101010101010101;
constexpr uint64_t highs = 0x8080808080808080;

// The highest bit of each byte that is zero; exact in each, since nothing is borrowed.
uint64_t zeros(uint64_t word) { return ~(((word & ~highs) + ~highs) | word | ~highs); }

// Of each byte below 0x20: no carry leaves a byte of seven bits.
uint64_t below_space(uint64_t word) { return ~(((word & ~highs) + ones * 0x60) | word) & highs; }

// The highest bits of eight bytes, side by side.
uint64_t gather(uint64_t high_bits) { return (high_bits >> 7) * 0x0102040810204080 >> 56; }

struct Portable {
  static uint64_t control(const char* block) {
    uint64_t mask = 0;
    for (unsigned i = 0; i < block_size; i += 8) {
      uint64_t word;
      memcpy(&word, block + i, 8);
      const uint64_t found =
          (below_space(word) & ~zeros(word ^ ones * '\t')) | zeros(word ^ ones * 0x7f);
      mask |= gather(found) << i;
    }
    return mask;
  }

  static uint64_t token(const char* block) {
    uint64_t mask = 0;
    for (unsigned i = 0; i < block_size; ++i) {
      mask |= static_cast<uint64_t>(is_in(block[i], token_char)) << i;
    }
    return mask;
  }

  static BlockEnd end(const char* bytes, uint32_t size, uint32_t left) {
    return whole_end<Portable>(bytes, size, left);
  }

  static void put(uint64_t events, uint32_t at, uint32_t* out) { put_places(events, at, out); }
};
static_assert(token_char == 1);

void find_lines(const char* bytes, uint32_t size, Cursor& cursor, Lines& lines) {
  LineFinder<Portable>::find(bytes, size, cursor, lines);
}

}  // namespace

const Scan scan_portable{"portable", find_lines, Portable::control, Portable::token};

}  // namespace zest::http
