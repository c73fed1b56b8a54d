// Waking who waits: by fd, asleep, or both; and never losing a wake-up.
#include "acceptor/bell.h"

#include <doctest/doctest.h>
#include <poll.h>

#include <atomic>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "support/torture.h"

namespace zest::acceptor {
namespace {

using namespace zest::test;

constexpr int64_t patience_ns = 20 * ns_per_s;
constexpr int patience_ms = 20'000;

Bell make_bell(sys::Notifier::Kind kind) {
  auto notifier = sys::Notifier::open(kind);
  REQUIRE(notifier);
  return Bell(std::move(*notifier));
}

bool readable(const Bell& bell, int timeout_ms = 0) {
  pollfd waiting{.fd = bell.fd(), .events = POLLIN, .revents = 0};
  return ::poll(&waiting, 1, timeout_ms) == 1;
}

constexpr auto both_kinds = {sys::Notifier::Kind::eventfd, sys::Notifier::Kind::pipe};

TEST_CASE("the fd is readable from a ring until it is armed again") {
  for (const auto kind : both_kinds) {
    Bell bell = make_bell(kind);
    CHECK_FALSE(readable(bell));
    CHECK(bell.ring(1));
    CHECK(readable(bell));
    CHECK(readable(bell));
    bell.arm();
    CHECK_FALSE(readable(bell));
    CHECK(bell.ring(1));
    CHECK(readable(bell));
  }
}

TEST_CASE("only the first ring after arming costs anything") {
  Bell bell = make_bell(sys::Notifier::Kind::eventfd);
  CHECK(bell.ring(1));
  CHECK_FALSE(bell.ring(1));
  CHECK_FALSE(bell.ring(1));
  bell.arm();
  CHECK(bell.ring(1));
}

TEST_CASE("who armed and found something after all leaves the fd readable for others") {
  Bell bell = make_bell(sys::Notifier::Kind::eventfd);
  bell.arm();
  bell.disarm();
  CHECK(readable(bell));
  CHECK_FALSE(bell.ring(1));
  bell.arm();
  CHECK_FALSE(readable(bell));
}

TEST_CASE("a rung-out bell stays readable, and nobody sleeps by it") {
  for (const auto kind : both_kinds) {
    Bell bell = make_bell(kind);
    bell.ring_out();
    CHECK(readable(bell));
    bell.arm();
    CHECK(readable(bell));
    const SystemClock clock;
    const int64_t before_ns = clock.now_ns();
    bell.sleep(bell.ticket(), never_ns);
    bell.awake();
    CHECK(clock.now_ns() - before_ns < patience_ns);
  }
}

TEST_CASE("a sleeper that nobody wakes wakes by itself") {
  Bell bell = make_bell(sys::Notifier::Kind::eventfd);
  bell.sleep(bell.ticket(), 2 * ns_per_ms);
  bell.awake();
}

TEST_CASE("a ring between the ticket and the sleep ends the sleep at once") {
  Bell bell = make_bell(sys::Notifier::Kind::eventfd);
  const uint32_t ticket = bell.ticket();
  CHECK(bell.ring(1));
  bell.sleep(ticket, never_ns);
  bell.awake();
}

TEST_CASE("ringing out wakes all sleepers") {
  Bell bell = make_bell(sys::Notifier::Kind::eventfd);
  std::vector<std::jthread> sleepers;
  for (int i = 0; i < 4; ++i)
    sleepers.emplace_back([&] {
      bell.sleep(bell.ticket(), never_ns);
      bell.awake();
    });
  std::this_thread::yield();
  bell.ring_out();
}

// A counter stands for the queue: the ringer publishes, waiters look, wait, and look again.
struct Hall {
  explicit Hall(sys::Notifier::Kind kind) : bell(make_bell(kind)) {}

  bool take() {
    int64_t seen = there.load(std::memory_order_seq_cst);
    while (seen > 0)
      if (there.compare_exchange_weak(seen, seen - 1)) return true;
    return false;
  }
  void publish() {
    there.fetch_add(1, std::memory_order_seq_cst);
    bell.ring(1);
  }

  // Both answer false when they gave up: a wake-up was lost.
  bool take_by_fd() {
    for (;;) {
      if (take()) return true;
      bell.arm();
      if (take()) {
        bell.disarm();
        return true;
      }
      if (over.load()) return true;
      if (!readable(bell, patience_ms)) return false;
    }
  }
  bool take_asleep() {
    for (;;) {
      if (take()) return true;
      const uint32_t ticket = bell.ticket();
      const bool taken = take();
      const SystemClock clock;
      const int64_t before_ns = clock.now_ns();
      if (!taken && !over.load()) bell.sleep(ticket, patience_ns);
      bell.awake();
      if (taken || over.load()) return true;
      if (clock.now_ns() - before_ns >= patience_ns) return false;
    }
  }

  Bell bell;
  std::atomic<int64_t> there{0};
  std::atomic<bool> over{false};
};

void stress(sys::Notifier::Kind kind, int by_fd, int asleep) {
  constexpr int64_t count = 20'000;
  Hall hall(kind);
  std::atomic<int64_t> taken{0};
  std::atomic<int> lost{0};
  {
    std::vector<std::jthread> waiters;
    for (int i = 0; i < by_fd + asleep; ++i)
      waiters.emplace_back([&hall, &taken, &lost, fd = i < by_fd] {
        while (!hall.over.load()) {
          if (!(fd ? hall.take_by_fd() : hall.take_asleep())) lost.fetch_add(1);
          if (taken.fetch_add(1) + 1 < count) continue;
          hall.over.store(true);
          hall.bell.ring_out();
        }
      });
    // Slower than the takers now and then, so that they do wait.
    for (int64_t i = 0; i < count; ++i) {
      hall.publish();
      if (i % 7 == 0) std::this_thread::yield();
    }
  }
  CHECK(lost == 0);
}

TEST_CASE("no wake-up is lost between a ringer and a waiter by fd") {
  for (const auto kind : both_kinds) stress(kind, 1, 0);
}

TEST_CASE("no wake-up is lost between a ringer and a sleeper") {
  stress(sys::Notifier::Kind::eventfd, 0, 1);
}

TEST_CASE("no wake-up is lost among many waiters of both sorts") {
  for (const auto kind : both_kinds) stress(kind, 2, 2);
}

}  // namespace
}  // namespace zest::acceptor
