#include "base/clock.h"

#include <ctime>

namespace zest {

int64_t SystemClock::now_ns() const {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * ns_per_s + now.tv_nsec;
}

}  // namespace zest
