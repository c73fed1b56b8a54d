// Signals as something to read: none of them interrupts anything.
#pragma once

#include "base/fd.h"
#include "base/result.h"

namespace zest::zproxy {

class Signals {
 public:
  // Blocks them for this thread and those it starts, so before any other. SIGPIPE stays blocked:
  // writing to what nobody reads is an error like others.
  static Result<Signals> open();

  int fd() const { return fd_.get(); }
  int next() const;  // the signal that has come; 0: none

 private:
  explicit Signals(Fd fd) : fd_(std::move(fd)) {}

  Fd fd_;
};

}  // namespace zest::zproxy
