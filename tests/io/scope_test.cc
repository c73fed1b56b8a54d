// Tasks that wait for the kernel: their answers, their deadlines, their end.
#include "io/scope.h"

#include <doctest/doctest.h>
#include <poll.h>

#include <array>
#include <string>
#include <vector>

#include "support/scoped.h"
#include "support/shifted_clock.h"
#include "support/sockets.h"

namespace zest::io {
namespace {

using namespace zest::test;

// One wait, and what it came to.
struct Answer {
  int32_t result = 12345;
  bool there = false;
};

Task<void> receive(Scope& scope, int fd, std::span<std::byte> into, int64_t deadline_ns,
                   Answer& answer) {
  answer.result = co_await scope.recv(fd, into, deadline_ns);
  answer.there = true;
}

Task<void> accept(Scope& scope, int fd, int64_t deadline_ns, Answer& answer) {
  answer.result = co_await scope.accept(fd, deadline_ns);
  answer.there = true;
}

Task<void> sleep(Scope& scope, int64_t until_ns, Answer& answer) {
  answer.result = co_await scope.sleep_until(until_ns);
  answer.there = true;
}

std::unique_ptr<Loop> loop_on(BackendKind kind, const Clock& clock) {
  auto loop = Loop::create({.backend = kind}, clock);
  REQUIRE(loop);
  REQUIRE((*loop)->attach());
  return std::move(*loop);
}

TEST_CASE("what comes before the deadline is the answer") {
  on_each_backend([](BackendKind kind) {
    const Pair pair = tcp_pair();
    auto loop = make_loop(kind);
    std::array<std::byte, 16> memory{};
    Answer answer;
    Scoped scoped(*loop);
    scoped.scope.spawn(
        receive(scoped.scope, pair.near.get(), memory, loop->now_ns() + 3600 * ns_per_s, answer));
    CHECK(scoped.scope.running() == 1);
    write_all(pair.far, "in time");
    CHECK(scoped.finishes());
    CHECK(answer.result == 7);
  });
}

TEST_CASE("a wait ends at its deadline") {
  on_each_backend([](BackendKind kind) {
    ShiftedClock clock;
    const Pair pair = tcp_pair();
    const Listening listener = listening();
    auto loop = loop_on(kind, clock);
    std::array<std::byte, 16> memory{};
    Answer received;
    Answer accepted;
    Scoped scoped(*loop);
    const int64_t deadline_ns = clock.now_ns() + 3600 * ns_per_s;
    scoped.scope.spawn(receive(scoped.scope, pair.near.get(), memory, deadline_ns, received));
    scoped.scope.spawn(accept(scoped.scope, listener.fd.get(), deadline_ns, accepted));
    turn_briefly(*loop);
    CHECK(scoped.scope.running() == 2);
    clock.pass(3601 * ns_per_s);
    CHECK(scoped.finishes());
    CHECK(received.result == -ETIMEDOUT);
    CHECK(accepted.result == -ETIMEDOUT);
  });
}

TEST_CASE("a wait without end ends when its scope is cancelled, and so does any later one") {
  on_each_backend([](BackendKind kind) {
    const Pair pair = tcp_pair();
    auto loop = make_loop(kind);
    std::array<std::byte, 16> memory{};
    Answer first;
    Answer later;
    Answer slept;
    Scoped scoped(*loop);
    Scope& scope = scoped.scope;
    scope.spawn(receive(scope, pair.near.get(), memory, never_ns, first));
    scope.spawn(sleep(scope, never_ns - 1, slept));
    turn_briefly(*loop);
    scope.cancel();
    CHECK(scope.cancelled());
    CHECK(slept.result == -ECANCELED);
    CHECK(scoped.finishes());
    CHECK(first.result == -ECANCELED);
    write_all(pair.far, "too late");
    scope.spawn(receive(scope, pair.near.get(), memory, never_ns, later));
    CHECK(later.result == -ECANCELED);
    CHECK(scope.running() == 0);
  });
}

TEST_CASE("a sleep is over at its moment") {
  on_each_backend([](BackendKind kind) {
    ShiftedClock clock;
    auto loop = loop_on(kind, clock);
    Answer answer;
    Scoped scoped(*loop);
    scoped.scope.spawn(sleep(scoped.scope, clock.now_ns() + 3600 * ns_per_s, answer));
    turn_briefly(*loop);
    CHECK_FALSE(answer.there);
    clock.pass(3601 * ns_per_s);
    CHECK(scoped.finishes());
    CHECK(answer.result == 0);
  });
}

}  // namespace
}  // namespace zest::io
