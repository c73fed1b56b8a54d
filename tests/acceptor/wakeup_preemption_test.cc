// When an acceptor thread gives way to who runs on its CPU.
#include "acceptor/wakeup_preemption.h"

#include <doctest/doctest.h>

namespace zest::acceptor {
namespace {

// A thread that is busy for a part of each 100 us, for a while; whether it gives way after it.
class Thread {
 public:
  bool busy_for(int64_t busy_us, int64_t for_ns = 50 * ns_per_ms) {
    for (const int64_t end_ns = now_ns_ + for_ns; now_ns_ < end_ns;) {
      now_ns_ += 100 * ns_per_us;
      cpu_ns_ += busy_us * ns_per_us;
      if (preemption_.due(now_ns_)) preemption_.look(now_ns_, cpu_ns_);
    }
    return preemption_.gives_way();
  }

 private:
  WakeupPreemption preemption_;
  int64_t now_ns_ = ns_per_s;
  int64_t cpu_ns_ = 0;
};

TEST_CASE("a thread with little to do interrupts whom it likes") {
  CHECK_FALSE(Thread().busy_for(0));
  CHECK_FALSE(Thread().busy_for(15));
}

TEST_CASE("one that is busy for a sixth of its time gives way, and goes on with a twentieth") {
  Thread thread;
  CHECK(thread.busy_for(20));
  CHECK(thread.busy_for(6));
  CHECK_FALSE(thread.busy_for(4));
  CHECK_FALSE(thread.busy_for(15));
}

TEST_CASE("one that was busy and slept since is told to interrupt again when it wakes up") {
  WakeupPreemption preemption;
  CHECK(preemption.look(10 * ns_per_ms, 9 * ns_per_ms));
  CHECK(preemption.gives_way());
  CHECK_FALSE(preemption.due(12 * ns_per_ms));
  REQUIRE(preemption.due(100 * ns_per_ms));
  CHECK(preemption.look(100 * ns_per_ms, 10 * ns_per_ms));
  CHECK_FALSE(preemption.gives_way());
  CHECK_FALSE(preemption.look(200 * ns_per_ms, 11 * ns_per_ms));
}

}  // namespace
}  // namespace zest::acceptor
