// Whether an acceptor thread that wakes up interrupts who runs on its CPU (wake-up preemption,
// sched(7)). Where accepting keeps a good part of a CPU busy, a taker on the same one would be
// interrupted for one connection more that it has no time for yet, at two context switches each; so
// the thread gives way there. Where it has little to do, nobody else waits for the CPU either, and
// a connection is handed over at once.
#pragma once

#include <cstdint>

#include "base/clock.h"

namespace zest::acceptor {

class WakeupPreemption {
 public:
  // Whether it is time to look again; told after each turn.
  bool due(int64_t now_ns) const { return now_ns - looked_at_ns_ >= window_ns; }

  // With the CPU time that the thread has taken since it began. True: the answer is another one
  // now.
  bool look(int64_t now_ns, int64_t cpu_ns) {
    const bool gave_way = gives_way_;
    const int64_t busy_ns = cpu_ns - cpu_before_ns_;
    const int64_t share = gives_way_ ? stays_share : begins_share;
    gives_way_ = busy_ns >= (now_ns - looked_at_ns_) / share;
    looked_at_ns_ = now_ns;
    cpu_before_ns_ = cpu_ns;
    return gives_way_ != gave_way;
  }
  bool gives_way() const { return gives_way_; }

 private:
  static constexpr int64_t window_ns = 5 * ns_per_ms;
  static constexpr int64_t begins_share = 6;  // a sixth of a CPU
  static constexpr int64_t stays_share = 20;  // giving way saves up to two thirds of it

  int64_t looked_at_ns_ = 0;
  int64_t cpu_before_ns_ = 0;
  bool gives_way_ = false;
};

}  // namespace zest::acceptor
