// The one place that talks to liburing: a ring, set up with the best the running kernel has.
#pragma once

#include <liburing.h>

#include "base/result.h"

namespace zest::io {

struct RingOptions {
  uint32_t submissions = 256;
  uint32_t completions = 1024;
  bool sqpoll = false;
  bool register_ring = true;  // see LoopOptions
};

class Ring {
 public:
  static Result<Ring> create(const RingOptions& options);
  Ring(Ring&& other) noexcept;
  Ring& operator=(Ring&&) = delete;
  ~Ring();

  // The calling thread becomes the only one to submit.
  Result<void> enable();
  // That thread, at its end.
  void leave();

  io_uring& get() { return ring_; }
  const io_uring& get() const { return ring_; }

 private:
  Ring(const io_uring& ring, bool registers) : ring_(ring), open_(true), registers_(registers) {}

  io_uring ring_;
  bool open_;
  bool registers_;
};

}  // namespace zest::io
