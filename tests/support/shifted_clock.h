// The system's clock, put forward by hand.
#pragma once

#include "base/clock.h"

namespace zest::test {

class ShiftedClock final : public Clock {
 public:
  int64_t now_ns() const override { return system_.now_ns() + shift_ns_; }
  void pass(int64_t ns) { shift_ns_ += ns; }

 private:
  SystemClock system_;
  int64_t shift_ns_ = 0;
};

}  // namespace zest::test
