// A Scope is where tasks run: it starts them, knows what they wait for, cancels them all, and tells
// when the last has finished. It outlives its tasks.
//
//   Scope scope(loop);
//   scope.spawn(serve(scope, fd));
//   ...
//   scope.cancel();          // every wait now ends with -ECANCELED, also later ones
//   while (scope.running()) loop.turn(...);
#pragma once

#include <cerrno>
#include <coroutine>
#include <cstdint>
#include <span>

#include "io/loop.h"
#include "io/task.h"
#include "sys/address.h"

namespace zest::io {

class Scope;
class Waker;

// A kernel operation that a task waits for, with its deadline. The answer is what the operation
// gives (bytes, an fd, poll events), or -errno: -ETIMEDOUT after the deadline, -ECANCELED once the
// scope is cancelled. What an operation had done by then is answered, never dropped.
class [[nodiscard]] Wait : public ListNode {
 public:
  Wait(Scope& scope, const Request& request, int64_t deadline_ns)
      : scope_(scope), request_(request), deadline_ns_(deadline_ns) {}

  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> waiting) noexcept;
  int32_t await_resume() noexcept { return result_; }

 private:
  friend class Scope;
  class Waker;

  void done(Completion completion) noexcept;
  void expired() noexcept;
  void cancel();

  Scope& scope_;
  Request request_;
  int64_t deadline_ns_;
  int32_t result_ = -ECANCELED;
  bool timed_out_ = false;
  std::coroutine_handle<> waiting_;
  Op op_{this, Op::method<&Wait::done>};
  Timer timer_{this, Timer::method<&Wait::expired>};
};

// A pause: 0 when it is over, -ECANCELED.
class [[nodiscard]] Sleep : public ListNode {
 public:
  Sleep(Scope& scope, int64_t until_ns) : scope_(scope), until_ns_(until_ns) {}

  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> waiting) noexcept;
  int32_t await_resume() noexcept { return result_; }

 private:
  friend class Scope;
  class Waker;

  void expired() noexcept;
  void resume(int32_t result);

  Scope& scope_;
  int64_t until_ns_;
  int32_t result_ = -ECANCELED;
  std::coroutine_handle<> waiting_;
  Timer timer_{this, Timer::method<&Sleep::expired>};
};

class Scope {
 public:
  explicit Scope(Loop& loop) : loop_(loop) {}
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  ~Scope() { ZEST_ASSERT(running_ == 0); }

  Loop& loop() { return loop_; }
  // Of the scope's own frames, and of tasks whose first parameter it is.
  FramePool& frames() { return frames_; }
  size_t running() const { return running_; }
  bool cancelled() const { return cancelled_; }

  // Runs the task up to its first wait. It takes care of itself from then on.
  void spawn(Task<void> task);
  void spawn(FrameStack& frames, Task<void> task);
  void cancel();

  // One-shot operations; deadlines are moments of the loop's clock.
  Wait accept(int fd, int64_t deadline_ns);
  Wait recv(int fd, std::span<std::byte> into, int64_t deadline_ns);
  Wait send(int fd, std::span<const std::byte> bytes, int64_t deadline_ns);
  Wait connect(int fd, const sys::Address& address, int64_t deadline_ns);
  Wait poll(int fd, uint32_t events, int64_t deadline_ns);
  Sleep sleep_until(int64_t until_ns) { return {*this, until_ns}; }

 private:
  friend class Wait;
  friend class Sleep;
  friend class Waker;
  struct Root;

  static Root run(Scope& scope, Task<void> task);
  static Root run(Scope& scope, FrameStack& frames, Task<void> task);

  Loop& loop_;
  FramePool frames_;
  List<Wait> waits_;
  List<Sleep> sleeps_;
  List<Waker> wakers_;
  size_t running_ = 0;
  bool cancelled_ = false;
};

}  // namespace zest::io
