// Who waits for room in a socket whose peer has ended. io_uring takes that end for an answer to
// every poll, those inside its sends too: a send would try 128 times and then keep a thread of the
// kernel's until the peer reads. An epoll set tells of room alone, and the ring polls the set.
#pragma once

#include <optional>

#include "base/fd.h"
#include "base/list.h"
#include "io/op.h"

namespace zest::io {

class RoomWatch {
 public:
  // 0, or an errno: it does not wait here. No other op does on its fd.
  int add(Op& op);
  void remove(Op& op);
  // The next one that has room, or null.
  Op* next();

  bool empty() const { return waiting_.empty(); }
  int fd() const { return set_ ? set_->get() : -1; }

 private:
  int open();

  std::optional<Fd> set_;
  List<Op> waiting_;
};

}  // namespace zest::io
