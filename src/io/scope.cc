#include "io/scope.h"

#include "io/waker.h"

namespace zest::io {

bool Wait::await_suspend(std::coroutine_handle<> waiting) noexcept {
  if (scope_.cancelled_) return false;
  waiting_ = waiting;
  scope_.waits_.push_back(*this);
  if (deadline_ns_ != never_ns) scope_.loop_.start_timer(timer_, deadline_ns_);
  scope_.loop_.start(op_, request_);
  return true;
}

void Wait::done(Completion completion) noexcept {
  timer_.stop();
  unlink();
  result_ = completion.result;
  if (timed_out_ && result_ == -ECANCELED) result_ = -ETIMEDOUT;
  waiting_.resume();
}

void Wait::expired() noexcept {
  timed_out_ = true;
  scope_.loop_.cancel(op_);
}

void Wait::cancel() { scope_.loop_.cancel(op_); }

bool Sleep::await_suspend(std::coroutine_handle<> waiting) noexcept {
  if (scope_.cancelled_) return false;
  waiting_ = waiting;
  scope_.sleeps_.push_back(*this);
  scope_.loop_.start_timer(timer_, until_ns_);
  return true;
}

void Sleep::expired() noexcept { resume(0); }

void Sleep::resume(int32_t result) {
  timer_.stop();
  unlink();
  result_ = result;
  waiting_.resume();
}

// The outermost frame of a spawned task: nobody awaits it, so it frees itself.
struct Scope::Root {
  struct promise_type : detail::PromiseMemory {
    Root get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::abort(); }
  };
};

Scope::Root Scope::run(Scope& scope, Task<void> task) {
  ++scope.running_;
  co_await task;
  --scope.running_;
}

Scope::Root Scope::run(Scope& scope, FrameStack&, Task<void> task) {
  ++scope.running_;
  co_await task;
  --scope.running_;
}

void Scope::spawn(Task<void> task) { run(*this, std::move(task)); }
void Scope::spawn(FrameStack& frames, Task<void> task) { run(*this, frames, std::move(task)); }

// Operations end in a later turn, sleeps at once; a resumed task may start new waits, which then
// end at once as well.
void Scope::cancel() {
  cancelled_ = true;
  List<Wait> waits;
  waits_.move_to(waits);
  while (Wait* wait = waits.pop_front()) {
    waits_.push_back(*wait);
    wait->cancel();
  }
  while (Sleep* sleep = sleeps_.front()) sleep->resume(-ECANCELED);
  while (Waker* waker = wakers_.front()) waker->resume(-ECANCELED);
}

Wait Scope::accept(int fd, int64_t deadline_ns) {
  return {*this, {.kind = Kind::accept, .fd = fd}, deadline_ns};
}

Wait Scope::recv(int fd, std::span<std::byte> into, int64_t deadline_ns) {
  const auto size = static_cast<uint32_t>(into.size());
  return {*this, {.kind = Kind::recv, .fd = fd, .size = size, .bytes = into.data()}, deadline_ns};
}

Wait Scope::send(int fd, std::span<const std::byte> bytes, int64_t deadline_ns) {
  return {*this,
          {.kind = Kind::send,
           .fd = fd,
           .size = static_cast<uint32_t>(bytes.size()),
           .const_bytes = bytes.data()},
          deadline_ns};
}

Wait Scope::connect(int fd, const sys::Address& address, int64_t deadline_ns) {
  return {*this,
          {.kind = Kind::connect, .fd = fd, .size = address.size(), .address = address.get()},
          deadline_ns};
}

Wait Scope::poll(int fd, uint32_t events, int64_t deadline_ns) {
  return {*this, {.kind = Kind::poll, .fd = fd, .flags = events}, deadline_ns};
}

}  // namespace zest::io
