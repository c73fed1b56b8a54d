// The loop's receive buffers: who owns them, and what happens when there are too few.
#include "io/buffer.h"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <memory>
#include <string>
#include <vector>

#include "support/backends.h"
#include "support/fake_backend.h"
#include "support/sockets.h"
#include "support/taker.h"

namespace zest::io {
namespace {

using namespace zest::test;

constexpr BufferOptions eight{.count = 8, .size = 512};

TEST_CASE("a buffer goes back to its pool once, whoever held it last") {
  FakeLoop fake(eight);
  BufferPool& pool = *fake.loop->buffers();
  CHECK(pool.available() == 8);
  {
    Buffer first = pool.hand_out(fake.backend->take_buffer(), 100);
    CHECK(first.holds_memory());
    CHECK(first.bytes().size() == 100);
    Buffer second = std::move(first);
    CHECK_FALSE(first.holds_memory());
    CHECK(first.bytes().empty());
    CHECK(pool.available() == 7);
    Buffer third = pool.hand_out(fake.backend->take_buffer(), 512);
    CHECK(pool.available() == 6);
    third = std::move(second);
    CHECK(pool.available() == 7);
    Buffer& itself = third;
    third = std::move(itself);
    CHECK(third.bytes().size() == 100);
  }
  CHECK(pool.available() == 8);
}

TEST_CASE("a buffer is released early, and empty from then on") {
  FakeLoop fake(eight);
  BufferPool& pool = *fake.loop->buffers();
  Buffer buffer = pool.hand_out(fake.backend->take_buffer(), 1);
  buffer.release();
  CHECK_FALSE(buffer.holds_memory());
  CHECK(pool.available() == 8);
  const Buffer none;
  CHECK(none.bytes().empty());
}

struct Stream {
  Stream(Loop& loop, unsigned which) : text(pattern(20'000 + which, which)), taker(loop) {
    taker.keeps_buffers = true;
  }
  Pair pair = tcp_pair();
  std::string text;
  Taker taker;
};

TEST_CASE("more senders than buffers: every byte arrives, and the pool is whole at the end") {
  on_each_backend([](BackendKind kind) {
    auto loop = make_loop(kind, eight);
    std::vector<std::unique_ptr<Stream>> streams;
    for (unsigned i = 0; i < 40; ++i) {
      streams.push_back(std::make_unique<Stream>(*loop, i));
      Stream& stream = *streams.back();
      write_all(stream.pair.far, stream.text);
      CHECK(::shutdown(stream.pair.far.get(), SHUT_WR) == 0);
      loop->recv_pooled(stream.taker.op, stream.pair.near.get());
    }
    // A slow reader: what arrived in one turn is let go in the next.
    CHECK(turn_until(*loop, [&] {
      size_t ended = 0;
      for (const auto& stream : streams) {
        stream->taker.kept.clear();
        ended += stream->taker.ended();
      }
      return ended == streams.size();
    }));
    for (const auto& stream : streams) {
      CHECK(stream->taker.last() == 0);
      CHECK((stream->taker.bytes == stream->text));
    }
    CHECK(loop->counters().starved > 0);
    CHECK(loop->buffers()->available() == 8);
  });
}

TEST_CASE("a receive that found no buffer waits for one, and goes on when it comes") {
  on_each_backend([](BackendKind kind) {
    auto loop = make_loop(kind, eight);
    Stream greedy(*loop, 1);
    Stream modest(*loop, 2);
    write_all(greedy.pair.far, greedy.text);
    loop->recv_pooled(greedy.taker.op, greedy.pair.near.get());
    REQUIRE(turn_until(*loop, [&] { return greedy.taker.kept.size() == 8; }));
    loop->recv_pooled(modest.taker.op, modest.pair.near.get());
    write_all(modest.pair.far, "x");
    turn_briefly(*loop);
    CHECK(modest.taker.results.empty());
    CHECK(modest.taker.op.in_flight());
    CHECK(loop->counters().starved > 0);
    // All at once and outside of a turn: the greedy one cannot use them all up before the other.
    greedy.pair.far.reset();
    loop->cancel(greedy.taker.op);
    REQUIRE(turn_until(*loop, [&] { return greedy.taker.ended(); }));
    greedy.taker.kept.clear();
    REQUIRE(turn_until(*loop, [&] { return modest.taker.bytes == "x"; }));
    modest.taker.kept.clear();
    CHECK(loop->buffers()->available() == 8);
  });
}

TEST_CASE("a receive that waits for a buffer can be cancelled") {
  on_each_backend([](BackendKind kind) {
    auto loop = make_loop(kind, eight);
    Stream stream(*loop, 1);
    write_all(stream.pair.far, stream.text);
    loop->recv_pooled(stream.taker.op, stream.pair.near.get());
    REQUIRE(turn_until(*loop, [&] { return stream.taker.kept.size() == 8; }));
    turn_briefly(*loop);
    CHECK(stream.taker.endings == 0);
    loop->cancel(stream.taker.op);
    REQUIRE(turn_until(*loop, [&] { return stream.taker.ended(); }));
    CHECK(stream.taker.last() == -ECANCELED);
    CHECK(stream.taker.bytes == stream.text.substr(0, 8 * 512));
    stream.taker.kept.clear();
    CHECK(loop->buffers()->available() == 8);
  });
}

}  // namespace
}  // namespace zest::io
