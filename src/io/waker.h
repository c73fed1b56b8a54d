// Where one task waits until somebody thinks that it can go on. As with a condition variable, what
// it waits for is looked at again after each wait:
//
//   while (!stream.has_input())
//     if (const int32_t error = co_await waker.wait(deadline_ns)) co_return error;
#pragma once

#include "io/scope.h"

namespace zest::io {

class Waker : public ListNode {
 public:
  explicit Waker(Scope& scope) : scope_(scope) {}
  Waker(const Waker&) = delete;
  Waker& operator=(const Waker&) = delete;
  ~Waker() { ZEST_ASSERT(!waiting_); }

  // Resumes the task here and now, if it waits: for the last line of a handler, since whatever
  // called may be gone afterwards.
  void wake() {
    if (waiting_) resume(0);
  }

  // 0 when woken, -ETIMEDOUT, -ECANCELED once the scope is cancelled. One task at a time.
  class [[nodiscard]] Wait {
   public:
    Wait(Waker& waker, int64_t deadline_ns, bool settling = false)
        : waker_(waker), deadline_ns_(deadline_ns), settling_(settling) {}
    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> waiting) noexcept {
      return waker_.suspend(waiting, deadline_ns_, settling_);
    }
    int32_t await_resume() const noexcept { return waker_.result_; }

   private:
    Waker& waker_;
    const int64_t deadline_ns_;
    const bool settling_;
  };
  Wait wait(int64_t deadline_ns) { return {*this, deadline_ns}; }
  // For what has been cancelled and is certain to end: not cut short by the scope.
  Wait settle() { return {*this, never_ns, true}; }

 private:
  friend class Scope;

  bool suspend(std::coroutine_handle<> waiting, int64_t deadline_ns, bool settling);
  void resume(int32_t result);
  void expired() noexcept { resume(-ETIMEDOUT); }

  Scope& scope_;
  std::coroutine_handle<> waiting_;
  int32_t result_ = 0;
  Timer timer_{this, Timer::method<&Waker::expired>};
};

}  // namespace zest::io
