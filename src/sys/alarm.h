// An fd that is readable from a moment on: a timer for whoever waits for fds.
#pragma once

#include <cstdint>

#include "base/fd.h"
#include "base/result.h"

namespace zest::sys {

class Alarm {
 public:
  static Result<Alarm> open();

  int fd() const { return fd_.get(); }

  // Readable from this moment of CLOCK_MONOTONIC on, and not before; never_ns: not at all.
  void set(int64_t at_ns) const;

 private:
  explicit Alarm(Fd fd) : fd_(std::move(fd)) {}

  Fd fd_;
};

}  // namespace zest::sys
