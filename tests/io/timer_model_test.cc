// The wheel against a list that is searched: random starts, stops and steps, seeded.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <random>
#include <vector>

#include "io/timer.h"
#include "support/apart.h"

namespace zest::io {
namespace {

constexpr int64_t ms = ns_per_ms;
constexpr size_t timers = 200;

struct Modelled {
  void fired() noexcept {
    ++fired_count;
    order->push_back(due_tick);
  }

  int64_t due_tick = 0;
  bool running = false;  // in the model
  size_t fired_count = 0;
  std::vector<int64_t>* order = nullptr;
  Timer timer{this, Timer::method<&Modelled::fired>};
};

class Model {
 public:
  explicit Model(uint64_t seed) : random_(seed), now_ns_(pick(1000) * wild()), wheel_(now_ns_) {
    for (auto& one : all_) {
      one = std::make_unique<Modelled>();
      one->order = &order_;
    }
  }

  void step() {
    switch (pick(8)) {
      case 0: return all_[static_cast<size_t>(pick(timers))]->timer.stop(), sync_stopped();
      case 1: return advance(now_ns_ + pick(200) * ms / 7);
      case 2: return advance(now_ns_ + pick(wild()));
      case 3: return advance(wheel_.next_ns() == never_ns ? now_ns_ : wheel_.next_ns());
      default: return start(*all_[static_cast<size_t>(pick(timers))]);
    }
  }

 private:
  int64_t pick(int64_t below) {
    return static_cast<int64_t>(random_() % static_cast<uint64_t>(below));
  }
  // A span of any magnitude: from a tick to many days.
  int64_t wild() { return (int64_t{1} << pick(31)) * ms; }

  void start(Modelled& one) {
    const int64_t expires_ns = now_ns_ + pick(wild()) - pick(3) * ms;
    wheel_.start(one.timer, expires_ns);
    one.running = true;
    one.due_tick = std::max((expires_ns + ms - 1) / ms, now_ns_ / ms + 1);
  }

  void sync_stopped() {
    for (auto& one : all_)
      if (!one->timer.running()) one->running = false;
  }

  int64_t first_due_ns() const {
    int64_t first_ns = never_ns;
    for (const auto& one : all_)
      if (one->running) first_ns = std::min(first_ns, one->due_tick * ms);
    return first_ns;
  }

  void advance(int64_t to_ns) {
    REQUIRE(wheel_.next_ns() <= first_due_ns());
    now_ns_ = to_ns;
    std::vector<size_t> counts;
    for (const auto& one : all_) counts.push_back(one->fired_count);
    order_.clear();
    wheel_.advance(now_ns_);
    for (size_t i = 0; i < timers; ++i) {
      Modelled& one = *all_[i];
      const bool due = one.running && one.due_tick <= now_ns_ / ms;
      REQUIRE(one.fired_count == counts[i] + due);
      one.running &= !due;
      REQUIRE(one.running == one.timer.running());
    }
    REQUIRE(std::is_sorted(order_.begin(), order_.end()));
  }

  std::mt19937_64 random_;
  int64_t now_ns_;
  TimerWheel wheel_;
  std::vector<int64_t> order_;
  std::array<std::unique_ptr<Modelled>, timers> all_;
};

TEST_CASE("the wheel fires what a plain list would") {
  const uint64_t seeds = test::short_form() ? 2 : 20;
  for (uint64_t seed = 1; seed <= seeds; ++seed) {
    CAPTURE(seed);
    Model model(seed);
    for (int i = 0; i < 2000; ++i) model.step();
  }
}

}  // namespace
}  // namespace zest::io
