// Timers on a hierarchical wheel: starting, stopping and firing cost the same whatever their
// number.
#pragma once

#include <array>
#include <cstdint>

#include "base/clock.h"
#include "base/list.h"

namespace zest::io {

// A member of whoever waits. Fires once, from the loop, not before its time and at most one tick
// (1 ms) late; stopping it, or its end, takes it off the wheel.
class Timer : public ListNode {
 public:
  using Handler = void (*)(void* owner) noexcept;

  Timer(void* owner, Handler handler) : owner_(owner), handler_(handler) {}
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  ~Timer() { stop(); }

  // Timer timer_{this, Timer::method<&Listener::resume>};
  template <auto member>
  static void method(void* owner) noexcept {
    call(member, owner);
  }

  bool running() const { return linked(); }
  void stop() { unlink(); }

 private:
  friend class TimerWheel;

  template <typename T>
  static void call(void (T::*member)() noexcept, void* owner) {
    (static_cast<T*>(owner)->*member)();
  }

  void* owner_;
  Handler handler_;
  int64_t expires_tick_ = 0;
};

class TimerWheel {
 public:
  static constexpr int64_t tick_ns = ns_per_ms;

  explicit TimerWheel(int64_t now_ns) : tick_(now_ns / tick_ns) {}

  // A running timer is moved.
  void start(Timer& timer, int64_t expires_ns);

  // Fires what is due.
  void advance(int64_t now_ns);

  // No timer fires before this moment; never_ns if none runs. It may be early (a far timer is only
  // known by its slot), never late.
  int64_t next_ns();

 private:
  static constexpr int levels = 5;
  static constexpr int slot_bits = 6;  // 64 slots a level: 64 ms, 4 s, 4 min, 4.6 h, 12 days
  static constexpr int slots = 1 << slot_bits;

  void place(Timer& timer);
  int64_t next_tick(int level);
  void cascade(int level);
  void fire(List<Timer>& due);

  int64_t tick_;
  std::array<std::array<List<Timer>, slots>, levels> wheel_;
  // A bit per slot, set when a timer is placed, cleared when the slot is next found empty: a timer
  // that stops does not know its wheel.
  std::array<uint64_t, levels> occupied_{};
};

}  // namespace zest::io
