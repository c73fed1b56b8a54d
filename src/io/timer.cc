#include "io/timer.h"

#include <algorithm>
#include <bit>

namespace zest::io {
namespace {

constexpr int64_t slot_of(int64_t tick, int level) { return (tick >> (6 * level)) & 63; }

}  // namespace

void TimerWheel::start(Timer& timer, int64_t expires_ns) {
  timer.stop();
  // Rounded up: never early. In the past or now: the next tick.
  const int64_t tick = expires_ns / tick_ns + (expires_ns % tick_ns != 0);
  timer.expires_tick_ = std::max(tick, tick_ + 1);
  place(timer);
}

// The level is the first on which the expiry is less than one round away; what is further away than
// the wheel turns around waits in the last slot of the top level and is placed anew from there.
void TimerWheel::place(Timer& timer) {
  const int64_t most = tick_ + (int64_t{1} << (slot_bits * levels)) - 1;
  const int64_t tick = std::min(timer.expires_tick_, most);
  int level = 0;
  while ((tick - tick_) >> (slot_bits * (level + 1))) ++level;
  const auto slot = static_cast<size_t>(slot_of(tick, level));
  wheel_[static_cast<size_t>(level)][slot].push_back(timer);
  occupied_[static_cast<size_t>(level)] |= uint64_t{1} << slot;
}

// A round of the level below begins: its timers are now near enough to be told apart.
void TimerWheel::cascade(int level) {
  if (level == levels) return;
  if (slot_of(tick_, level) == 0) cascade(level + 1);
  List<Timer> moved;
  wheel_[static_cast<size_t>(level)][static_cast<size_t>(slot_of(tick_, level))].move_to(moved);
  while (Timer* timer = moved.pop_front()) place(*timer);
}

void TimerWheel::advance(int64_t now_ns) {
  const int64_t target = now_ns / tick_ns;
  List<Timer> due;
  while (tick_ < target) {
    // Nothing is on the wheel until `next`: skip there instead of walking empty slots.
    const int64_t next = next_ns();
    if (next == never_ns || next / tick_ns > target) {
      tick_ = target;
      break;
    }
    tick_ = std::max(tick_ + 1, next / tick_ns);
    if (slot_of(tick_, 0) == 0) cascade(1);
    wheel_[0][static_cast<size_t>(slot_of(tick_, 0))].move_to(due);
  }
  fire(due);
}

// A handler may start and stop any timer, also one that is due and has not fired yet.
void TimerWheel::fire(List<Timer>& due) {
  while (Timer* timer = due.pop_front()) timer->handler_(timer->owner_);
}

// The first tick at which a slot of this level is due, INT64_MAX if all are empty.
int64_t TimerWheel::next_tick(int level) {
  uint64_t& occupied = occupied_[static_cast<size_t>(level)];
  const int64_t now = tick_ >> (slot_bits * level);
  while (occupied) {
    // Bit 0 of the turned map is the slot after the current one.
    const int ahead = std::countr_zero(std::rotr(occupied, static_cast<int>((now + 1) & 63)));
    const auto slot = static_cast<size_t>((now + 1 + ahead) & 63);
    if (!wheel_[static_cast<size_t>(level)][slot].empty())
      return (now + 1 + ahead) << (slot_bits * level);
    occupied &= ~(uint64_t{1} << slot);
  }
  return INT64_MAX;
}

int64_t TimerWheel::next_ns() {
  int64_t next = INT64_MAX;
  for (int level = 0; level < levels; ++level) next = std::min(next, next_tick(level));
  return next == INT64_MAX ? never_ns : next * tick_ns;
}

}  // namespace zest::io
