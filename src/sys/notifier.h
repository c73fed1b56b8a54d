// An fd that other loops can wait for: readable from signal() until clear().
#pragma once

#include "base/fd.h"
#include "base/result.h"

namespace zest::sys {

class Notifier {
 public:
  // A pipe costs a second fd and is for hosts that refuse an eventfd (Node's net.Socket).
  enum class Kind { eventfd, pipe };

  static Result<Notifier> open(Kind kind);

  int fd() const { return read_.get(); }
  void signal() const;  // any thread, any number of times
  void clear() const;   // any thread
  void close() {
    read_.reset();
    write_.reset();
  }

 private:
  Fd read_;
  Fd write_;  // of a pipe
};

}  // namespace zest::sys
