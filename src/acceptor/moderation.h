// How an acceptor thread spares those who take, when connections come fast. It collects them before
// it wakes a taker: a hand-over costs two context switches, so it is shared by several, as a
// network card moderates its interrupts. And it gives way: a wake-up of its own does not interrupt
// a taker on its CPU, who would then have one connection more and no time for it. At rates where
// nobody would be waiting for the CPU both are off, and a connection is handed over at once.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/clock.h"

namespace zest::acceptor {

struct Pace {
  int64_t gather_ns = 0;
  bool gives_way = false;

  bool operator==(const Pace&) const = default;
};

class Moderation {
 public:
  // After each turn, with the connections of all time: the pace from now on.
  Pace after_turn(int64_t now_ns, uint64_t accepted) {
    const int64_t elapsed_ns = now_ns - window_began_ns_;
    if (elapsed_ns < window_ns) return pace_;
    const auto arrived = static_cast<int64_t>(accepted - accepted_before_);
    const int64_t gap_ns = arrived > 0 ? elapsed_ns / arrived : elapsed_ns;
    const bool fast = gap_ns <= gap_most_ns;
    pace_ = {.gather_ns = fast ? std::min(gap_ns * batch, gather_most_ns) : 0, .gives_way = fast};
    window_began_ns_ = now_ns;
    accepted_before_ = accepted;
    return pace_;
  }

 private:
  static constexpr int64_t window_ns = 5 * ns_per_ms;
  static constexpr int64_t gap_most_ns = 25 * ns_per_us;  // below 40,000 a second: at once
  static constexpr int64_t batch = 8;
  static constexpr int64_t gather_most_ns = 100 * ns_per_us;

  int64_t window_began_ns_ = 0;
  uint64_t accepted_before_ = 0;
  Pace pace_;
};

}  // namespace zest::acceptor
