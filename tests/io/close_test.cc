// Closing an fd, and the next file under the same number.
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>

#include "support/backends.h"
#include "support/sockets.h"
#include "support/taker.h"

namespace zest::io {
namespace {

using namespace zest::test;

TEST_CASE("a number that is used again belongs to the new file alone") {
  on_each_backend([](BackendKind kind) {
    auto loop = make_loop(kind);
    std::array<std::byte, 16> memory{};
    Taker taker(*loop);
    Fd near;
    int number = -1;
    for (size_t i = 1; i <= 100; ++i) {
      Pair pair = tcp_pair();
      if (near.valid()) loop->close(std::move(near));
      // The lowest free number: that of the socket just closed.
      near = Fd(::dup(pair.near.get()));
      if (number >= 0) CHECK(near.get() == number);
      number = near.get();
      const std::string word = std::to_string(i);
      write_all(pair.far, word);
      loop->recv(taker.op, near.get(), memory);
      REQUIRE(turn_until(*loop, [&] { return taker.endings == i; }));
      REQUIRE(taker.last() == static_cast<int32_t>(word.size()));
      CHECK(std::string(reinterpret_cast<const char*>(memory.data()), word.size()) == word);
    }
    loop->close(std::move(near));
  });
}

// The file lives on in another process, or under another number.
TEST_CASE("a closed fd whose file lives on tells nothing more") {
  on_each_backend([](BackendKind kind) {
    auto loop = make_loop(kind);
    std::array<std::byte, 16> memory{};
    Taker taker(*loop);
    Pair old = tcp_pair();
    const Fd elsewhere(::dup(old.near.get()));
    loop->recv(taker.op, old.near.get(), memory);
    write_all(old.far, "old");
    REQUIRE(turn_until(*loop, [&] { return taker.ended(); }));
    const int number = old.near.get();
    loop->close(std::move(old.near));

    const Pair pair = tcp_pair();
    const Fd fresh(::dup2(pair.near.get(), number));
    loop->recv(taker.op, fresh.get(), memory);
    write_all(old.far, "for nobody here");
    turn_briefly(*loop);
    CHECK(taker.op.in_flight());
    write_all(pair.far, "new");
    REQUIRE(turn_until(*loop, [&] { return taker.ended(); }));
    CHECK(taker.last() == 3);
  });
}

TEST_CASE("an fd is closed by the handler that received its end") {
  on_each_backend([](BackendKind kind) {
    auto loop = make_loop(kind, {.count = 4, .size = 4096});
    Pair pair = tcp_pair();
    Taker taker(*loop);
    taker.then = [&](const Completion& completion) {
      if (!completion.more) loop->close(std::move(pair.near));
    };
    loop->recv_pooled(taker.op, pair.near.get());
    write_all(pair.far, "last words");
    CHECK(::shutdown(pair.far.get(), SHUT_WR) == 0);
    REQUIRE(turn_until(*loop, [&] { return taker.ended(); }));
    CHECK(taker.bytes == "last words");
    CHECK_FALSE(pair.near.valid());
    CHECK(read_to_end(pair.far).empty());
  });
}

TEST_CASE("a listener is closed while connections wait in its queue") {
  on_each_backend([](BackendKind kind) {
    auto loop = make_loop(kind);
    Listening listener = listening();
    Taker taker(*loop);
    loop->accept(taker.op, listener.fd.get());
    turn_briefly(*loop);
    loop->cancel(taker.op);
    REQUIRE(turn_until(*loop, [&] { return taker.ended(); }));
    const Fd waiting = connected_to(listener.address);
    loop->close(std::move(listener.fd));
    turn_briefly(*loop);
    CHECK(taker.fds.empty());
    CHECK(read_to_end(waiting).empty());
  });
}

TEST_CASE("no fd, or one that the loop never saw, may be closed through it") {
  on_each_backend([](BackendKind kind) {
    auto loop = make_loop(kind);
    loop->close(Fd());
    Pair pair = tcp_pair();
    loop->close(std::move(pair.near));
    CHECK(read_to_end(pair.far).empty());
  });
}

}  // namespace
}  // namespace zest::io
