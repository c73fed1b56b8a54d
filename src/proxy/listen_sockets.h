// The sockets that listen at one place, for whoever asks how full their queues are.
#pragma once

#include <algorithm>
#include <mutex>
#include <vector>

#include "sys/socket.h"

namespace zest::proxy {

// Any thread. A socket is taken out before it is closed, so what is asked is never somebody else's.
class ListenSockets {
 public:
  void add(int fd) {
    const std::lock_guard lock(mutex_);
    fds_.push_back(fd);
  }
  void remove(int fd) {
    const std::lock_guard lock(mutex_);
    std::erase(fds_, fd);
  }
  // Over all of them; Unix sockets don't tell.
  sys::AcceptQueue queue() const {
    const std::lock_guard lock(mutex_);
    sys::AcceptQueue sum;
    for (const int fd : fds_) {
      const auto one = sys::accept_queue(fd).value_or(sys::AcceptQueue{});
      sum.depth += one.depth;
      sum.most += one.most;
    }
    return sum;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<int> fds_;
};

}  // namespace zest::proxy
