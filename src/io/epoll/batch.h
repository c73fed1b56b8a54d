// The completions of one wait of the epoll backend.
#pragma once

#include "io/epoll/epoll_backend.h"

namespace zest::io {

// Where completions are written, as long as there is room.
class EpollBackend::Batch {
 public:
  explicit Batch(std::span<Event> into) : into_(into) {}
  bool full() const { return count_ == into_.size(); }
  void add(const Event& event) { into_[count_++] = event; }
  size_t count() const { return count_; }

 private:
  std::span<Event> into_;
  size_t count_ = 0;
};

}  // namespace zest::io
