// Timers of a loop, beside its operations.
#include <doctest/doctest.h>

#include <vector>

#include "support/backends.h"
#include "support/shifted_clock.h"
#include "support/sockets.h"
#include "support/taker.h"

namespace zest::io {
namespace {

using namespace zest::test;

struct Ring {
  explicit Ring(Loop& where) : loop(where) {}
  void expired() noexcept { at_ns.push_back(loop.now_ns()); }
  Loop& loop;
  std::vector<int64_t> at_ns;
  Timer timer{this, Timer::method<&Ring::expired>};
};

TEST_CASE("a loop that sleeps wakes for its timer, not before") {
  on_each_backend([](BackendKind kind) {
    auto loop = make_loop(kind);
    Ring ring(*loop);
    const int64_t expires_ns = loop->now_ns() + 5 * ns_per_ms;
    loop->start_timer(ring.timer, expires_ns);
    for (int i = 0; i < 100 && ring.at_ns.empty(); ++i) loop->turn(never_ns);
    REQUIRE(ring.at_ns.size() == 1);
    CHECK(ring.at_ns.front() >= expires_ns);
  });
}

TEST_CASE("a turn ends at the moment it was given") {
  on_each_backend([](BackendKind kind) {
    auto loop = make_loop(kind);
    const int64_t until_ns = system_clock().now_ns() + 3 * ns_per_ms;
    for (int i = 0; i < 100 && loop->now_ns() < until_ns; ++i) loop->turn(until_ns);
    CHECK(loop->now_ns() >= until_ns);
  });
}

TEST_CASE("a loop's timers follow its clock") {
  on_each_backend([](BackendKind kind) {
    ShiftedClock clock;
    auto loop = Loop::create({.backend = kind}, clock);
    REQUIRE(loop);
    REQUIRE((*loop)->attach());
    Ring ring(**loop);
    (*loop)->start_timer(ring.timer, clock.now_ns() + 3600 * ns_per_s);
    (*loop)->turn(0);
    CHECK(ring.at_ns.empty());
    clock.pass(3601 * ns_per_s);
    for (int i = 0; i < 10 && ring.at_ns.empty(); ++i) (*loop)->turn(0);
    CHECK(ring.at_ns.size() == 1);
  });
}

TEST_CASE("timers and operations do not keep each other waiting") {
  on_each_backend([](BackendKind kind) {
    const Listening listener = listening();
    auto loop = make_loop(kind);
    Taker taker(*loop);
    Ring ring(*loop);
    loop->accept(taker.op, listener.fd.get());
    loop->start_timer(ring.timer, loop->now_ns() + 3600 * ns_per_s);
    const Fd client = connected_to(listener.address);
    CHECK(turn_until(*loop, [&] { return taker.fds.size() == 1; }));
    CHECK(ring.timer.running());
    loop->start_timer(ring.timer, loop->now_ns() + ns_per_ms);
    CHECK(turn_until(*loop, [&] { return ring.at_ns.size() == 1; }));
    CHECK(taker.op.in_flight());
  });
}

}  // namespace
}  // namespace zest::io
