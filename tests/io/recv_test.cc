// Receiving into memory of one's own, and into the loop's buffers.
#include <doctest/doctest.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <list>
#include <string>

#include "support/backends.h"
#include "support/sockets.h"
#include "support/taker.h"

namespace zest::io {
namespace {

using namespace zest::test;

constexpr BufferOptions eight{.count = 8, .size = 4096};

struct Memory {
  std::array<std::byte, 4096> bytes{};
  std::string_view text(int32_t size) const {
    return {reinterpret_cast<const char*>(bytes.data()), static_cast<size_t>(std::max(size, 0))};
  }
};

TEST_CASE("a receive gives what has arrived, and then the end") {
  on_each_backend([](BackendKind kind) {
    Pair pair = tcp_pair();
    auto loop = make_loop(kind);
    Memory memory;
    Taker taker(*loop);
    write_all(pair.far, "hello");
    loop->recv(taker.op, pair.near.get(), memory.bytes);
    REQUIRE(turn_until(*loop, [&] { return taker.ended(); }));
    CHECK(memory.text(taker.last()) == "hello");
    pair.far.reset();
    loop->recv(taker.op, pair.near.get(), memory.bytes);
    REQUIRE(turn_until(*loop, [&] { return taker.ended(); }));
    CHECK(taker.last() == 0);
  });
}

TEST_CASE("a receive waits for bytes") {
  on_each_backend([](BackendKind kind) {
    const Pair pair = tcp_pair();
    auto loop = make_loop(kind);
    Memory memory;
    Taker taker(*loop);
    loop->recv(taker.op, pair.near.get(), memory.bytes);
    turn_briefly(*loop);
    CHECK(taker.op.in_flight());
    write_all(pair.far, "later");
    REQUIRE(turn_until(*loop, [&] { return taker.ended(); }));
    CHECK(memory.text(taker.last()) == "later");
  });
}

TEST_CASE("bytes that found no room stay for the next receive") {
  on_each_backend([](BackendKind kind) {
    Pair pair = tcp_pair();
    auto loop = make_loop(kind);
    std::array<std::byte, 3> small{};
    std::string received;
    Taker taker(*loop);
    write_all(pair.far, "abcdefgh");
    pair.far.reset();
    do {
      loop->recv(taker.op, pair.near.get(), small);
      REQUIRE(turn_until(*loop, [&] { return taker.ended() && !taker.op.in_flight(); }));
      REQUIRE(taker.last() >= 0);
      received.append(reinterpret_cast<const char*>(small.data()),
                      static_cast<size_t>(taker.last()));
    } while (taker.last() > 0);
    CHECK(received == "abcdefgh");
  });
}

TEST_CASE("a reset is told to whoever receives") {
  on_each_backend([](BackendKind kind) {
    Pair pair = tcp_pair();
    auto loop = make_loop(kind);
    Memory memory;
    Taker taker(*loop);
    loop->recv(taker.op, pair.near.get(), memory.bytes);
    reset_on_close(pair.far);
    pair.far.reset();
    REQUIRE(turn_until(*loop, [&] { return taker.ended(); }));
    CHECK(taker.last() == -ECONNRESET);
  });
}

TEST_CASE("a pooled receive stays armed until the end of the stream") {
  on_each_backend([](BackendKind kind) {
    Pair pair = tcp_pair();
    auto loop = make_loop(kind, eight);
    Taker taker(*loop);
    loop->recv_pooled(taker.op, pair.near.get());
    for (const char* word : {"one", "two", "three"}) {
      const std::string before = taker.bytes;
      write_all(pair.far, word);
      REQUIRE(turn_until(*loop, [&] { return taker.bytes == before + word; }));
      CHECK(taker.endings == 0);
    }
    pair.far.reset();
    REQUIRE(turn_until(*loop, [&] { return taker.ended(); }));
    CHECK(taker.last() == 0);
    CHECK(loop->buffers()->available() == 8);
  });
}

TEST_CASE("a pooled receive holds no buffer while it waits") {
  on_each_backend([](BackendKind kind) {
    const Pair pair = tcp_pair();
    auto loop = make_loop(kind, eight);
    Taker taker(*loop);
    taker.keeps_buffers = true;
    loop->recv_pooled(taker.op, pair.near.get());
    turn_briefly(*loop);
    CHECK(loop->buffers()->available() == 8);
    write_all(pair.far, "x");
    REQUIRE(turn_until(*loop, [&] { return taker.kept.size() == 1; }));
    CHECK(loop->buffers()->available() == 7);
    CHECK(taker.kept.front().bytes().size() == 1);
    taker.kept.clear();
    CHECK(loop->buffers()->available() == 8);
  });
}

TEST_CASE("a pooled receive that is made once takes one buffer, also after waiting for it") {
  on_each_backend([](BackendKind kind) {
    const Pair pair = tcp_pair();
    auto loop = make_loop(kind, eight);
    write_all(pair.far, std::string(9 * eight.size, 'x'));
    std::list<Taker> takers;
    for (size_t i = 1; i <= 8; ++i) {
      Taker& taker = takers.emplace_back(*loop);
      taker.keeps_buffers = true;
      loop->recv_pooled_once(taker.op, pair.near.get());
      REQUIRE(turn_until(*loop, [&] { return taker.ended(); }));
      CHECK(taker.last() == eight.size);
      CHECK(loop->buffers()->available() == 8 - i);
    }
    Taker last(*loop);
    loop->recv_pooled_once(last.op, pair.near.get());
    turn_briefly(*loop);
    CHECK(last.op.in_flight());
    CHECK(loop->starved());
    takers.front().kept.clear();
    REQUIRE(turn_until(*loop, [&] { return last.ended(); }));
    CHECK(last.last() == eight.size);
    CHECK(!loop->starved());
  });
}

TEST_CASE("more than one buffer's worth arrives in order") {
  on_each_backend([](BackendKind kind) {
    Pair pair = tcp_pair();
    auto loop = make_loop(kind, eight);
    Taker taker(*loop);
    const std::string sent = pattern(60'000);
    write_all(pair.far, sent);
    pair.far.reset();
    loop->recv_pooled(taker.op, pair.near.get());
    REQUIRE(turn_until(*loop, [&] { return taker.ended(); }));
    CHECK((taker.bytes == sent));
  });
}

TEST_CASE("a pooled receive from a reset connection ends with the reset") {
  on_each_backend([](BackendKind kind) {
    Pair pair = tcp_pair();
    auto loop = make_loop(kind, eight);
    Taker taker(*loop);
    loop->recv_pooled(taker.op, pair.near.get());
    turn_briefly(*loop);
    reset_on_close(pair.far);
    pair.far.reset();
    REQUIRE(turn_until(*loop, [&] { return taker.ended(); }));
    CHECK(taker.results == std::vector<int32_t>{-ECONNRESET});
    CHECK(loop->buffers()->available() == 8);
  });
}

TEST_CASE("an fd that is not open is an error") {
  on_each_backend([](BackendKind kind) {
    constexpr int closed = 900;
    auto loop = make_loop(kind, eight);
    Memory memory;
    Taker receive(*loop);
    Taker pooled(*loop);
    loop->recv(receive.op, closed, memory.bytes);
    CHECK(turn_until(*loop, [&] { return receive.ended(); }));
    CHECK(receive.last() == -EBADF);
    loop->recv_pooled(pooled.op, closed);
    CHECK(turn_until(*loop, [&] { return pooled.ended(); }));
    CHECK(pooled.last() == -EBADF);
  });
}

}  // namespace
}  // namespace zest::io
