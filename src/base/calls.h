// Who is inside a handle: so that freeing it can wait for calls of other threads to return.
#pragma once

#include <unistd.h>

#include <atomic>
#include <cstdint>

namespace zest {

class Calls {
 public:
  // One call; false in a condition if the handle is being freed.
  class Inside {
   public:
    explicit Inside(Calls& calls) : calls_(calls), open_(calls.enter()) {}
    ~Inside() { calls_.count_.fetch_sub(1, std::memory_order_release); }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;
    explicit operator bool() const { return open_; }

   private:
    Calls& calls_;
    const bool open_;
  };

  // Lets nobody else in. Those inside must have been told to leave.
  void close() { closing_.store(true); }
  bool closing() const { return closing_.load(); }
  void wait_until_empty() const {
    while (count_.load(std::memory_order_acquire) > 0) ::usleep(100);
  }

 private:
  bool enter() {
    count_.fetch_add(1);
    return !closing_.load();
  }

  std::atomic<uint32_t> count_{0};
  std::atomic<bool> closing_{false};
};

}  // namespace zest
