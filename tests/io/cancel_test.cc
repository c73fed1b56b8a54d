// Cancelling: every kind of operation ends, once, and nothing else does.
#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "support/backends.h"
#include "support/sockets.h"
#include "support/taker.h"

namespace zest::io {
namespace {

using namespace zest::test;

const std::vector<int32_t> only_cancelled{-ECANCELED};

void cancel_waiting(Loop& loop, Taker& taker) {
  turn_briefly(loop);
  REQUIRE(taker.op.in_flight());
  loop.cancel(taker.op);
  loop.cancel(taker.op);  // twice is once
  REQUIRE(turn_until(loop, [&] { return taker.ended(); }));
  turn_briefly(loop);
  CHECK(taker.results == only_cancelled);
  loop.cancel(taker.op);  // not in flight: nothing
  turn_briefly(loop);
  CHECK(taker.endings == 1);
}

TEST_CASE("whatever waits for a peer can be cancelled") {
  on_each_backend([](BackendKind kind) {
    const Listening listener = listening();
    const Pair pair = tcp_pair();
    auto loop = make_loop(kind, {.count = 4, .size = 4096});
    std::array<std::byte, 16> memory{};
    const int fd = pair.near.get();
    {
      Taker taker(*loop);
      loop->accept(taker.op, listener.fd.get());
      cancel_waiting(*loop, taker);
    }
    {
      Taker taker(*loop);
      loop->accept_once(taker.op, listener.fd.get());
      cancel_waiting(*loop, taker);
    }
    {
      Taker taker(*loop);
      loop->recv(taker.op, fd, memory);
      cancel_waiting(*loop, taker);
    }
    {
      Taker taker(*loop);
      loop->recv_pooled(taker.op, fd);
      cancel_waiting(*loop, taker);
    }
    {
      Taker taker(*loop);
      loop->poll(taker.op, fd, POLLIN);
      cancel_waiting(*loop, taker);
    }
    {
      Taker taker(*loop);
      loop->poll_repeat(taker.op, fd, POLLIN);
      cancel_waiting(*loop, taker);
    }
    CHECK(loop->buffers()->available() == 4);
  });
}

TEST_CASE("a send that waits for room can be cancelled") {
  on_each_backend([](BackendKind kind) {
    const Pair pair = tcp_pair();
    const std::string filling(1 << 20, 'x');
    fill_up(pair.near);
    auto loop = make_loop(kind);
    Taker plain(*loop);
    loop->send(plain.op, pair.near.get(), std::as_bytes(std::span(filling)));
    cancel_waiting(*loop, plain);
    iovec piece{const_cast<char*>(filling.data()), filling.size()};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    Taker gathered(*loop);
    loop->send_message(gathered.op, pair.near.get(), message);
    cancel_waiting(*loop, gathered);
  });
}

TEST_CASE("an operation cancelled before the kernel saw it ends all the same") {
  on_each_backend([](BackendKind kind) {
    const Pair pair = tcp_pair();
    auto loop = make_loop(kind);
    std::array<std::byte, 16> memory{};
    Taker taker(*loop);
    for (size_t i = 1; i <= 10; ++i) {
      loop->recv(taker.op, pair.near.get(), memory);
      loop->cancel(taker.op);
      REQUIRE(turn_until(*loop, [&] { return taker.ended(); }));
      CHECK(taker.endings == i);
      CHECK(taker.last() == -ECANCELED);
    }
  });
}

// The second's completion is already in the batch when the first's handler cancels it.
TEST_CASE("a handler may cancel an operation that has completed in the same turn") {
  on_each_backend([](BackendKind kind) {
    constexpr int count = 8;
    std::vector<Pair> pairs;
    for (int i = 0; i < count; ++i) pairs.push_back(tcp_pair());
    auto loop = make_loop(kind);
    std::array<std::array<std::byte, 16>, count> memory{};
    std::vector<std::unique_ptr<Taker>> takers;
    for (int i = 0; i < count; ++i) takers.push_back(std::make_unique<Taker>(*loop));
    for (int round = 1; round <= 5; ++round) {
      for (size_t i = 0; i < count; ++i) {
        takers[i]->then = [&](const Completion&) {
          for (const auto& other : takers) loop->cancel(other->op);
        };
        loop->recv(takers[i]->op, pairs[i].near.get(), memory[i]);
      }
      turn_briefly(*loop);
      for (const Pair& pair : pairs) write_all(pair.far, "x");
      REQUIRE(turn_until(*loop, [&] { return loop->in_flight() == 1; }));
      for (const auto& taker : takers) CHECK(taker->endings == size_t(round));
    }
  });
}

// One repeating op can be in a batch many times: it goes on giving what it had taken.
TEST_CASE("a handler may cancel its own repeating operation in the middle of a batch") {
  on_each_backend([](BackendKind kind) {
    const Listening listener = listening(256);
    std::vector<Fd> clients;
    for (int i = 0; i < 100; ++i) clients.push_back(connected_to(listener.address));
    auto loop = make_loop(kind);
    Taker taker(*loop);
    taker.then = [&](const Completion&) { loop->cancel(taker.op); };
    loop->accept(taker.op, listener.fd.get());
    REQUIRE(turn_until(*loop, [&] { return taker.ended(); }));
    const size_t taken = taker.fds.size();
    CHECK(taken >= 1);
    CHECK(taker.endings == 1);
    // Whoever was not taken is still in the queue.
    taker.then = nullptr;
    loop->accept(taker.op, listener.fd.get());
    REQUIRE(turn_until(*loop, [&] { return taker.fds.size() == 100; }));
  });
}

TEST_CASE("an operation may be started again by the handler of its end") {
  on_each_backend([](BackendKind kind) {
    const Pair pair = tcp_pair();
    auto loop = make_loop(kind);
    std::array<std::byte, 1> memory{};
    Taker taker(*loop);
    taker.then = [&](const Completion& completion) {
      if (completion.result == 1) loop->recv(taker.op, pair.near.get(), memory);
    };
    loop->recv(taker.op, pair.near.get(), memory);
    write_all(pair.far, "0123456789");
    REQUIRE(turn_until(*loop, [&] { return taker.endings == 10; }));
    CHECK(taker.op.in_flight());
  });
}

TEST_CASE("cancelling one operation leaves its neighbours alone") {
  on_each_backend([](BackendKind kind) {
    const Pair pair = tcp_pair();
    const Pair other = tcp_pair();
    auto loop = make_loop(kind);
    std::array<std::byte, 16> memory{};
    std::array<std::byte, 16> other_memory{};
    Taker taker(*loop);
    Taker neighbour(*loop);
    loop->recv(taker.op, pair.near.get(), memory);
    loop->recv(neighbour.op, other.near.get(), other_memory);
    cancel_waiting(*loop, taker);
    CHECK(neighbour.op.in_flight());
    write_all(other.far, "here");
    REQUIRE(turn_until(*loop, [&] { return neighbour.ended(); }));
    CHECK(neighbour.last() == 4);
  });
}

}  // namespace
}  // namespace zest::io
