// Task<T>: a lazy coroutine on one loop. It runs when awaited, or when spawned on a Scope; its
// frame is its own, and goes when it has finished and been asked for its value.
//
// A suspended task is never destroyed: it is resumed with -ECANCELED (see Scope), and unwinds. A
// lambda with captures is never a task: the captures would die before the frame.
#pragma once

#include <coroutine>
#include <cstdlib>
#include <exception>
#include <new>
#include <optional>
#include <utility>

#include "base/assert.h"
#include "io/frames.h"

namespace zest::io {

template <typename T>
class Task;

namespace detail {

struct PromiseMemory {
  template <HasFrames Owner, typename... Rest>
  static void* operator new(size_t size, Owner& owner, Rest&&...) {
    return owner.frames().allocate(size);
  }
  template <typename Owner, typename... Rest>
  static void* operator new(size_t size, Owner&, FrameStack& frames, Rest&&...) {
    return frames.allocate(size);
  }
  static void* operator new(size_t size) { return FramePool::allocate_plain(size); }
  static void operator delete(void* frame) { FramePool::release(frame); }
};

struct PromiseBase : PromiseMemory {
  std::coroutine_handle<> continuation = std::noop_coroutine();

  // Hands over to whoever awaits, on the same stack depth.
  struct Final {
    bool await_ready() noexcept { return false; }
    template <typename Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> self) noexcept {
      return self.promise().continuation;
    }
    void await_resume() noexcept {}
  };

  std::suspend_always initial_suspend() noexcept { return {}; }
  Final final_suspend() noexcept { return {}; }
  // Nothing in the engine throws across a suspension; what does is a defect.
  void unhandled_exception() noexcept { std::abort(); }
};

template <typename T>
struct Promise : PromiseBase {
  std::optional<T> value;
  Task<T> get_return_object();
  void return_value(T result) { value.emplace(std::move(result)); }
  T take() { return std::move(*value); }
};

template <>
struct Promise<void> : PromiseBase {
  Task<void> get_return_object();
  void return_void() {}
  void take() {}
};

}  // namespace detail

template <typename T = void>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::Promise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  explicit Task(Handle handle) : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&&) = delete;
  ~Task() {
    if (!handle_) return;
    ZEST_ASSERT(handle_.done() || !started_);
    handle_.destroy();
  }

  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiting) noexcept {
    handle_.promise().continuation = awaiting;
    started_ = true;
    return handle_;
  }
  T await_resume() { return handle_.promise().take(); }

 private:
  Handle handle_;
  bool started_ = false;
};

namespace detail {

template <typename T>
Task<T> Promise<T>::get_return_object() {
  return Task<T>(std::coroutine_handle<Promise>::from_promise(*this));
}

inline Task<void> Promise<void>::get_return_object() {
  return Task<void>(std::coroutine_handle<Promise>::from_promise(*this));
}

}  // namespace detail
}  // namespace zest::io
