// Time, replaceable in tests: whoever needs it is given a Clock.
#pragma once

#include <cstdint>

namespace zest {

constexpr int64_t ns_per_us = 1'000;
constexpr int64_t ns_per_ms = 1'000'000;
constexpr int64_t ns_per_s = 1'000'000'000;

// A moment that never comes: the deadline of what may wait for ever (an idle listener).
constexpr int64_t never_ns = INT64_MAX;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual int64_t now_ns() const = 0;  // CLOCK_MONOTONIC
};

class SystemClock final : public Clock {
 public:
  int64_t now_ns() const override;
};

// now + timeout_ms; a negative timeout is never_ns, and so is one beyond what can be told.
constexpr int64_t deadline_after_ms(int64_t now_ns, int64_t timeout_ms) {
  const bool told = timeout_ms >= 0 && timeout_ms <= (never_ns - now_ns) / ns_per_ms;
  return told ? now_ns + timeout_ms * ns_per_ms : never_ns;
}

}  // namespace zest
