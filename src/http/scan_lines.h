// The algorithm of every kernel, written once. A Kernel gives two masks of 64 bytes and writes down
// where the bits of a third are; the rest is arithmetic on masks. Example, with bit 0 at the left,
// CR and LF written as < and >:
//
//   bytes    G E T   / . . . < > H o s t :   a < >
//   control  . . . . . . . . 1 1 . . . . . . . 1 1   CTL but HTAB
//   starts   1 . . . . . . . . . 1 . . . . . . . .   behind the second of two controls
//   ends     . . . . . . . . . 1 . . . . . . . . 1   the second of two controls
//   words    . . . 1 . . . . . . . . . . 1 . . . .   adding starts to the token mask carries
//   through
//                                                    the first word: the bit falls out behind it
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "http/scan.h"

namespace zest::http {

constexpr uint32_t block_size = 64;

// Where the bits of a mask are, plus `at`. Six at a time, whether there are so many or not: seldom
// more, and no branch to guess. Writes up to five more than there are.
[[gnu::always_inline]] inline void put_places(uint64_t events, uint32_t at, uint32_t* out) {
  do {
    for (int i = 0; i < 6; ++i) {
      *out++ = at + static_cast<uint32_t>(std::countr_zero(events));
      events &= events - 1;
    }
  } while (events);
}

// Masks of the last bytes, short of a block; what is behind them says nothing.
struct BlockEnd {
  uint64_t control, token;
};

// The bytes before them make them a whole block, or zeros behind them do.
template <typename Kernel>
[[gnu::always_inline]] BlockEnd whole_end(const char* bytes, uint32_t size, uint32_t left) {
  char padded[block_size] = {};
  const char* block = size >= block_size ? bytes + size - block_size : padded;
  const uint32_t shift = size >= block_size ? block_size - left : 0;
  if (size < block_size) memcpy(padded, bytes + size - left, left);
  return {.control = Kernel::control(block) >> shift, .token = Kernel::token(block) >> shift};
}

template <typename Kernel>
class LineFinder {
 public:
  [[gnu::always_inline]] static void find(const char* bytes, uint32_t size, Cursor& cursor,
                                          Lines& lines) {
    LineFinder finder(cursor, lines);
    const size_t at = finder.blocks(bytes, cursor.at, size);
    cursor = {.at = static_cast<uint32_t>(at),
              .count = cursor.count + finder.count(),
              .control = finder.control_,
              .carry = static_cast<uint8_t>(finder.carry_)};
    if (at < size) finder.last(bytes, size, cursor.at);
    lines.count = finder.count();
  }

 private:
  struct Masks {
    uint64_t events, bad, carry;
  };

  [[gnu::always_inline]] LineFinder(const Cursor& cursor, Lines& lines)
      : control_(cursor.control), carry_(cursor.carry), lines_(lines), out_(lines.event.data()) {}

  [[gnu::always_inline]] uint32_t count() const {
    return static_cast<uint32_t>(out_ - lines_.event.data());
  }

  // Right up to the first bad one.
  [[gnu::always_inline]] static Masks masks(uint64_t control, uint64_t token, uint64_t old_control,
                                            uint64_t old_carry) {
    uint64_t tail = old_control >> 62;
    asm("" : "+r"(tail));  // no shift of two words at once, which is slow on some CPUs
    const uint64_t before = control << 1 | tail >> 1;
    const uint64_t before2 = control << 2 | tail;
    uint64_t sum;
    const bool carry = __builtin_add_overflow(token, (before & before2) | old_carry, &sum);
    return {.events = (control & before) | (sum & ~token),
            .bad = before & ~(control ^ before2),
            .carry = carry};
  }

  // Whole blocks, as long as nothing is wrong. Returns where they end.
  [[gnu::always_inline]] size_t blocks(const char* bytes, size_t at, size_t size) {
    const uint32_t* const full = lines_.event.data() + Lines::events_max;
    uint64_t control = control_, carry = carry_;
    uint32_t* out = out_;
    for (; at + block_size <= size; at += block_size) {
      const uint64_t found = Kernel::control(bytes + at);
      // Nothing begins or ends in the block. Long values are made of such.
      if (!(found | control >> 62 | carry)) continue;
      const Masks all = masks(found, Kernel::token(bytes + at), control, carry);
      if (all.bad || out > full) [[unlikely]]
        break;
      Kernel::put(all.events, static_cast<uint32_t>(at), out);
      out += std::popcount(all.events);
      asm("" : "+r"(out));  // one register, not a base and an index that are added up again
      control = found;
      carry = all.carry;
    }
    out_ = out;
    control_ = control;
    carry_ = carry;
    return at;
  }

  // The last bytes, short of a block; or a block with something wrong.
  [[gnu::always_inline]] void last(const char* bytes, uint32_t size, uint32_t at) {
    if (out_ > lines_.event.data() + Lines::events_max) {
      lines_.full = true;
      return;
    }
    const uint32_t left = std::min(size - at, block_size);
    const uint64_t valid = ~0ULL >> (block_size - left);
    const BlockEnd end = Kernel::end(bytes, at + left, left);
    const Masks found = masks(end.control & valid, end.token, control_, carry_);
    const uint64_t bad = found.bad & valid;
    uint64_t events = found.events & valid;
    if (bad) {
      lines_.irregular = true;
      lines_.stop = at + static_cast<uint32_t>(std::countr_zero(bad));
      events &= (bad & -bad) - 1;
    }
    Kernel::put(events, at, out_);
    out_ += std::popcount(events);
  }

  uint64_t control_, carry_;
  Lines& lines_;
  uint32_t* out_;
};

}  // namespace zest::http
