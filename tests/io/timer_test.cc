// The timer wheel alone, at moments of the test's choosing.
#include "io/timer.h"

#include <doctest/doctest.h>

#include <memory>
#include <vector>

namespace zest::io {
namespace {

constexpr int64_t ms = ns_per_ms;
constexpr int64_t wheel_ms = int64_t{1} << 30;  // what five levels of 64 tell apart

// Writes its name down when it fires, and then does what it was told.
struct Bell {
  Bell(std::vector<int>& where, int what) : fired(where), name(what) {}
  void ring() noexcept {
    fired.push_back(name);
    if (then) then(*this);
  }

  std::vector<int>& fired;
  int name;
  void (*then)(Bell&) = nullptr;
  Bell* other = nullptr;
  TimerWheel* wheel = nullptr;
  Timer timer{this, Timer::method<&Bell::ring>};
};

struct Bench {
  explicit Bench(int64_t start_ns = 0) : wheel(start_ns) {}
  Bell& add() {
    bells.push_back(std::make_unique<Bell>(fired, static_cast<int>(bells.size())));
    bells.back()->wheel = &wheel;
    return *bells.back();
  }
  Bell& add(int64_t expires_ns) {
    Bell& bell = add();
    wheel.start(bell.timer, expires_ns);
    return bell;
  }

  TimerWheel wheel;
  std::vector<int> fired;
  std::vector<std::unique_ptr<Bell>> bells;
};

// The edges of every level, and around them.
std::vector<int64_t> delays_ms() {
  std::vector<int64_t> delays{1, 2};
  for (int bits = 6; bits <= 36; bits += 6)
    for (const int64_t off : {-2, -1, 0, 1, 2}) delays.push_back((int64_t{1} << bits) + off);
  return delays;
}

TEST_CASE("timers fire in the order of their moments") {
  Bench bench;
  for (const int64_t at : {70, 3, 5000, 64, 63, 65, 4096, 4095, 1}) bench.add(at * ms);
  bench.wheel.advance(10'000 * ms);
  CHECK(bench.fired == std::vector<int>{8, 1, 4, 3, 5, 0, 7, 6, 2});
}

TEST_CASE("a timer fires not before its time and not later than the next tick") {
  for (const int64_t start_ms : {0, 1, 63, 64, 4000, 4095, 4096, 262143, 16777217})
    for (const int64_t delay_ms : delays_ms()) {
      CAPTURE(start_ms);
      CAPTURE(delay_ms);
      Bench bench(start_ms * ms);
      const int64_t expires_ns = (start_ms + delay_ms) * ms;
      Bell& bell = bench.add(expires_ns);
      bench.wheel.advance(expires_ns - 1);
      CHECK(bench.fired.empty());
      CHECK(bell.timer.running());
      bench.wheel.advance(expires_ns);
      CHECK(bench.fired.size() == 1);
      CHECK_FALSE(bell.timer.running());
    }
}

TEST_CASE("a moment between two ticks is the later one") {
  Bench bench;
  bench.add(5 * ms + 1);
  bench.wheel.advance(5 * ms + ms - 1);
  CHECK(bench.fired.empty());
  bench.wheel.advance(6 * ms);
  CHECK(bench.fired.size() == 1);
}

// How a loop uses it: sleep until next_ns(), advance, again.
TEST_CASE("whoever sleeps until the wheel's next moment misses nothing and wakes seldom") {
  for (const int64_t start_ms : {0, 1, 63, 4095, 262143})
    for (const int64_t delay_ms : delays_ms()) {
      CAPTURE(start_ms);
      CAPTURE(delay_ms);
      Bench bench(start_ms * ms);
      const int64_t expires_ns = (start_ms + delay_ms) * ms;
      bench.add(expires_ns);
      int wakes = 0;
      int64_t now_ns = start_ms * ms;
      while (bench.fired.empty() && ++wakes < 1000) {
        const int64_t next_ns = bench.wheel.next_ns();
        REQUIRE(next_ns > now_ns);
        REQUIRE(next_ns <= expires_ns);
        bench.wheel.advance(now_ns = next_ns);
      }
      CHECK(now_ns == expires_ns);
      CHECK(wakes <= 6 + delay_ms / (wheel_ms / 2));
      CHECK(bench.wheel.next_ns() == never_ns);
    }
}

TEST_CASE("a timer for a moment that has passed fires with the next tick") {
  Bench bench(1000 * ms);
  for (const int64_t at_ns : {int64_t{-5}, int64_t{0}, 999 * ms, 1000 * ms}) bench.add(at_ns);
  bench.wheel.advance(1000 * ms);
  CHECK(bench.fired.empty());
  CHECK(bench.wheel.next_ns() == 1001 * ms);
  bench.wheel.advance(1001 * ms);
  CHECK(bench.fired.size() == 4);
}

TEST_CASE("a timer in the far future does not fire today") {
  Bench bench(77 * ms);
  Bell& last = bench.add(never_ns - 1);
  bench.wheel.advance(1000 * wheel_ms * ms);
  CHECK(bench.fired.empty());
  last.timer.stop();
  CHECK(bench.wheel.next_ns() == never_ns);
}

TEST_CASE("a stopped timer does not fire, and a started one only at its new time") {
  Bench bench;
  Bell& stopped = bench.add(10 * ms);
  Bell& moved = bench.add(10 * ms);
  stopped.timer.stop();
  stopped.timer.stop();
  bench.wheel.start(moved.timer, 500 * ms);
  bench.wheel.advance(499 * ms);
  CHECK(bench.fired.empty());
  bench.wheel.advance(500 * ms);
  CHECK(bench.fired == std::vector<int>{1});
}

TEST_CASE("a wheel without timers has no next moment, however far it is advanced") {
  Bench bench(3 * ms);
  CHECK(bench.wheel.next_ns() == never_ns);
  bench.wheel.advance(5 * wheel_ms * ms);
  CHECK(bench.wheel.next_ns() == never_ns);
  bench.add(5 * wheel_ms * ms + ms);
  CHECK(bench.wheel.next_ns() == 5 * wheel_ms * ms + ms);
}

TEST_CASE("a clock that goes back fires nothing twice and nothing early") {
  Bench bench(100 * ms);
  bench.add(110 * ms);
  bench.wheel.advance(105 * ms);
  bench.wheel.advance(50 * ms);
  CHECK(bench.fired.empty());
  bench.wheel.advance(110 * ms);
  bench.wheel.advance(20 * ms);
  CHECK(bench.fired.size() == 1);
}

TEST_CASE("a handler may stop a timer that is due with it") {
  Bench bench;
  Bell& first = bench.add(10 * ms);
  Bell& second = bench.add(10 * ms);
  first.other = &second;
  first.then = [](Bell& bell) { bell.other->timer.stop(); };
  bench.wheel.advance(20 * ms);
  CHECK(bench.fired == std::vector<int>{0});
}

TEST_CASE("a handler may free a timer that is due with it") {
  Bench bench;
  Bell& first = bench.add(10 * ms);
  auto second = std::make_unique<Bell>(bench.fired, 1);
  bench.wheel.start(second->timer, 10 * ms);
  first.other = second.release();
  first.then = [](Bell& bell) { delete bell.other; };
  bench.wheel.advance(20 * ms);
  CHECK(bench.fired == std::vector<int>{0});
}

TEST_CASE("a handler that starts its timer again is called again, in a later tick") {
  Bench bench;
  Bell& bell = bench.add(10 * ms);
  bell.then = [](Bell& self) { self.wheel->start(self.timer, 0); };
  bench.wheel.advance(50 * ms);
  CHECK(bench.fired.size() == 1);
  bench.wheel.advance(50 * ms);
  CHECK(bench.fired.size() == 1);
  bench.wheel.advance(51 * ms);
  CHECK(bench.fired.size() == 2);
}

}  // namespace
}  // namespace zest::io
