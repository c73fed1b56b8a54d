// The fd by which another loop knows when to turn this one: readable while a turn would not wait.
#include <doctest/doctest.h>
#include <poll.h>

#include <array>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "support/backends.h"
#include "support/child.h"
#include "support/sockets.h"
#include "support/taker.h"
#include "support/torture.h"

namespace zest::io {
namespace {

using namespace zest::test;

// For what must come, unless a fault has spoilt it.
int patience_ms() { return fault_fired() ? 50 : 20'000; }

std::unique_ptr<Loop> watchable(BackendKind kind) {
  auto loop = Loop::create({.backend = kind, .watchable = true}, system_clock());
  REQUIRE(loop);
  return std::move(*loop);
}

bool readable(const Loop& loop, int timeout_ms = 0) {
  pollfd waited{.fd = loop.fd(), .events = POLLIN, .revents = 0};
  return ::poll(&waited, 1, timeout_ms) == 1;
}

// As a host does it: turn until nothing is left to do.
bool settle(Loop& loop) {
  for (int i = 0; i < 100 && readable(loop); ++i) loop.turn(0);
  return !readable(loop);
}

TEST_CASE("a loop is due before its first turn, and not when it has nothing to do") {
  on_each_backend([](BackendKind kind) {
    auto loop = watchable(kind);
    CHECK(readable(*loop));
    REQUIRE(loop->attach());
    CHECK(readable(*loop));
    CHECK(settle(*loop));
  });
}

TEST_CASE("a loop is due when something has completed, each time") {
  on_each_backend([](BackendKind kind) {
    auto loop = watchable(kind);
    REQUIRE(loop->attach());
    const Listening listener = listening();
    Taker taker(*loop);
    loop->accept(taker.op, listener.fd.get());
    loop->turn(0);
    REQUIRE(settle(*loop));
    for (size_t i = 1; i <= 5; ++i) {
      const Fd client = connected_to(listener.address);
      REQUIRE(readable(*loop, patience_ms()));
      CHECK(settle(*loop));
      CHECK(taker.fds.size() == i);
    }
  });
}

// Waiting before the event, where the kernel has to wake somebody up.
TEST_CASE("whoever waits for a loop is woken") {
  on_each_backend([](BackendKind kind) {
    auto loop = watchable(kind);
    REQUIRE(loop->attach());
    const Listening listener = listening();
    Taker taker(*loop);
    loop->accept(taker.op, listener.fd.get());
    loop->turn(0);
    REQUIRE(settle(*loop));
    std::atomic<bool> woken = false;
    std::thread host([&] { woken = readable(*loop, patience_ms()); });
    const Fd client = connected_to(listener.address);
    host.join();
    CHECK(woken);
    CHECK(settle(*loop));
    CHECK(taker.fds.size() == 1);
  });
}

TEST_CASE("a loop is due when there is more than a turn takes") {
  on_each_backend([](BackendKind kind) {
    auto loop = watchable(kind);
    REQUIRE(loop->attach());
    const Listening listener = listening(1024);
    std::vector<Fd> clients;
    for (int i = 0; i < 600; ++i) clients.push_back(connected_to(listener.address));
    Taker taker(*loop);
    loop->accept(taker.op, listener.fd.get());
    loop->turn(0);
    CHECK(settle(*loop));
    CHECK(taker.fds.size() == clients.size());
  });
}

TEST_CASE("a loop is due when its timer is, and not before") {
  on_each_backend([](BackendKind kind) {
    struct Ring {
      void expired() noexcept { ++count; }
      int count = 0;
    } ring;
    auto loop = watchable(kind);
    REQUIRE(loop->attach());
    REQUIRE(settle(*loop));
    Timer timer(&ring, Timer::method<&Ring::expired>);
    loop->start_timer(timer, never_ns - 1);
    loop->turn(0);
    CHECK(settle(*loop));
    loop->start_timer(timer, loop->now_ns() + 20 * ns_per_ms);
    loop->turn(0);
    while (ring.count == 0) {
      REQUIRE(readable(*loop, patience_ms()));
      loop->turn(0);
    }
    CHECK(settle(*loop));
    CHECK(ring.count == 1);
  });
}

TEST_CASE("a loop is due when work is posted, or when it is stopped") {
  on_each_backend([](BackendKind kind) {
    auto loop = watchable(kind);
    REQUIRE(loop->attach());
    REQUIRE(settle(*loop));
    int count = 0;
    Work work{&count, [](void* owner) noexcept { ++*static_cast<int*>(owner); }};
    std::thread([&] { loop->post(work); }).join();
    CHECK(readable(*loop, patience_ms()));
    CHECK(settle(*loop));
    CHECK(count == 1);
    loop->stop();
    CHECK(readable(*loop));
    CHECK(settle(*loop));
  });
}

// What a handler starts goes to the kernel with the next turn.
TEST_CASE("a loop is due when its handlers have begun something") {
  on_each_backend([](BackendKind kind) {
    auto loop = watchable(kind);
    REQUIRE(loop->attach());
    const Pair pair = tcp_pair();
    std::array<std::byte, 1> memory{};
    Taker taker(*loop);
    taker.then = [&](const Completion& completion) {
      if (completion.result > 0) loop->recv(taker.op, pair.near.get(), memory);
    };
    loop->recv(taker.op, pair.near.get(), memory);
    loop->turn(0);
    REQUIRE(settle(*loop));
    write_all(pair.far, "0123456789");
    REQUIRE(readable(*loop, patience_ms()));
    CHECK(settle(*loop));
    CHECK(taker.endings == 10);
    loop->cancel(taker.op);
    loop->turn(0);
    CHECK(settle(*loop));
    CHECK_FALSE(taker.op.in_flight());
  });
}

TEST_CASE("a forked child closes its copies of a loop's fds, and the parent's go on") {
  on_each_backend([](BackendKind kind) {
    auto loop = watchable(kind);
    REQUIRE(loop->attach());
    REQUIRE(settle(*loop));
    CHECK(in_child([&] {
            const int fd = loop->fd();
            loop->close_copies();
            pollfd gone{.fd = fd, .events = POLLIN, .revents = 0};
            return ::poll(&gone, 1, 0) == 1 && (gone.revents & POLLNVAL) ? 7 : 8;
          }).exit_code == 7);
    CHECK_FALSE(readable(*loop));
    loop->stop();
    CHECK(readable(*loop));
  });
}

}  // namespace
}  // namespace zest::io
