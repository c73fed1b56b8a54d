// Waiting for readiness, of sockets and of other fds.
#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <string>

#include "support/backends.h"
#include "support/sockets.h"
#include "support/taker.h"
#include "sys/notifier.h"

namespace zest::io {
namespace {

using namespace zest::test;

sys::Notifier notifier() {
  auto opened = sys::Notifier::open(sys::Notifier::Kind::eventfd);
  REQUIRE(opened);
  return std::move(*opened);
}

// Until the system has found no more room for a while: what is sent goes on its way later.
size_t fill(const Fd& near) {
  const std::string filling(1 << 16, 'x');
  size_t sent = 0;
  pollfd room{near.get(), POLLOUT, 0};
  while (::poll(&room, 1, 100) == 1) {
    const ssize_t n = ::send(near.get(), filling.data(), filling.size(), MSG_DONTWAIT);
    if (n > 0) sent += static_cast<size_t>(n);
  }
  return sent;
}

TEST_CASE("a poll for room does not take the peer's end for it") {
  on_each_backend([](BackendKind kind) {
    const Pair pair = tcp_pair();
    const size_t sent = fill(pair.near);
    ::shutdown(pair.far.get(), SHUT_WR);
    auto loop = make_loop(kind);
    Taker taker(*loop);
    loop->poll(taker.op, pair.near.get(), POLLOUT);
    for (int turns = 0; turns < 3; ++turns) loop->turn(system_clock().now_ns() + 5 * ns_per_ms);
    CHECK(taker.op.in_flight());
    CHECK(read_exactly(pair.far, sent).size() == sent);
    CHECK(turn_until(*loop, [&] { return taker.ended(); }));
    CHECK((taker.last() & POLLOUT));
  });
}

TEST_CASE("a poll tells once that there is something to read") {
  on_each_backend([](BackendKind kind) {
    const sys::Notifier bell = notifier();
    auto loop = make_loop(kind);
    Taker taker(*loop);
    loop->poll(taker.op, bell.fd(), POLLIN);
    turn_briefly(*loop);
    CHECK(taker.op.in_flight());
    bell.signal();
    REQUIRE(turn_until(*loop, [&] { return taker.ended(); }));
    CHECK((taker.last() & POLLIN));
    loop->poll(taker.op, bell.fd(), POLLIN);  // still readable
    REQUIRE(turn_until(*loop, [&] { return taker.endings == 2; }));
    CHECK((taker.last() & POLLIN));
  });
}

TEST_CASE("a repeated poll tells of each new event") {
  on_each_backend([](BackendKind kind) {
    const sys::Notifier bell = notifier();
    auto loop = make_loop(kind);
    Taker taker(*loop);
    loop->poll_repeat(taker.op, bell.fd(), POLLIN);
    for (size_t i = 1; i <= 5; ++i) {
      bell.signal();
      REQUIRE(turn_until(*loop, [&] { return taker.results.size() == i; }));
      CHECK((taker.last() & POLLIN));
      CHECK(taker.endings == 0);
      bell.clear();
      turn_briefly(*loop);
      CHECK(taker.results.size() == i);
    }
  });
}

TEST_CASE("a poll for writing ends when there is room") {
  on_each_backend([](BackendKind kind) {
    const Pair pair = tcp_pair();
    auto loop = make_loop(kind);
    Taker taker(*loop);
    loop->poll(taker.op, pair.near.get(), POLLOUT);
    REQUIRE(turn_until(*loop, [&] { return taker.ended(); }));
    CHECK((taker.last() & POLLOUT));
  });
}

TEST_CASE("a poll for both directions ends with whichever comes first") {
  on_each_backend([](BackendKind kind) {
    const Pair pair = tcp_pair();
    fill_up(pair.near);
    auto loop = make_loop(kind);
    Taker taker(*loop);
    loop->poll(taker.op, pair.near.get(), POLLIN | POLLOUT);
    turn_briefly(*loop);
    REQUIRE(taker.op.in_flight());
    std::array<char, 1 << 16> drained;
    while (::recv(pair.far.get(), drained.data(), drained.size(), MSG_DONTWAIT) > 0) {
    }
    REQUIRE(turn_until(*loop, [&] { return taker.ended(); }));
    CHECK((taker.last() & POLLOUT));
    CHECK_FALSE((taker.last() & POLLIN));
  });
}

TEST_CASE("a poll tells that the other end has hung up") {
  on_each_backend([](BackendKind kind) {
    Pair pair = tcp_pair();
    auto loop = make_loop(kind);
    Taker taker(*loop);
    loop->poll(taker.op, pair.near.get(), POLLRDHUP);
    turn_briefly(*loop);
    write_all(pair.far, "no reason to wake");
    turn_briefly(*loop);
    CHECK(taker.op.in_flight());
    pair.far.reset();
    REQUIRE(turn_until(*loop, [&] { return taker.ended(); }));
    CHECK((taker.last() & POLLRDHUP));
  });
}

// What a poll has seen must not be taken from a receive.
TEST_CASE("bytes that a poll told of can still be received") {
  on_each_backend([](BackendKind kind) {
    const Pair pair = tcp_pair();
    auto loop = make_loop(kind);
    std::array<std::byte, 16> memory{};
    for (const uint32_t events : {uint32_t{POLLIN}, uint32_t{POLLRDHUP}}) {
      Taker poll(*loop);
      Taker receive(*loop);
      loop->poll_repeat(poll.op, pair.near.get(), events);
      turn_briefly(*loop);
      write_all(pair.far, "x");
      if (events == POLLIN) REQUIRE(turn_until(*loop, [&] { return !poll.results.empty(); }));
      turn_briefly(*loop);
      loop->cancel(poll.op);
      REQUIRE(turn_until(*loop, [&] { return poll.ended(); }));
      loop->recv(receive.op, pair.near.get(), memory);
      REQUIRE(turn_until(*loop, [&] { return receive.ended(); }));
      CHECK(receive.last() == 1);
    }
  });
}

TEST_CASE("a poll and a receive wait for one socket side by side") {
  on_each_backend([](BackendKind kind) {
    const Pair pair = tcp_pair();
    auto loop = make_loop(kind);
    std::array<std::byte, 16> memory{};
    Taker poll(*loop);
    Taker receive(*loop);
    loop->poll(poll.op, pair.near.get(), POLLIN);
    loop->recv(receive.op, pair.near.get(), memory);
    turn_briefly(*loop);
    write_all(pair.far, "x");
    REQUIRE(turn_until(*loop, [&] { return receive.ended(); }));
    CHECK(receive.last() == 1);
    write_all(pair.far, "y");  // on epoll the poll may have come after the receive
    REQUIRE(turn_until(*loop, [&] { return poll.ended(); }));
    CHECK((poll.last() & POLLIN));
  });
}

}  // namespace
}  // namespace zest::io
