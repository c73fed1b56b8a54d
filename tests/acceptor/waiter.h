// A thread that makes one call and does not come back from it soon.
#pragma once

#include <atomic>
#include <functional>
#include <thread>

namespace zest::test {

class Waiter {
 public:
  // Returns when the thread sleeps, inside the call.
  explicit Waiter(std::function<void()> call);
  ~Waiter() = default;  // joins
  void join() { thread_.join(); }

 private:
  bool asleep() const;

  std::function<void()> call_;
  std::atomic<int> id_{0};
  std::jthread thread_;
};

}  // namespace zest::test
