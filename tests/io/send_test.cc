// Sending: whole, in part, in pieces, and to nobody.
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "support/backends.h"
#include "support/sockets.h"
#include "support/taker.h"

namespace zest::io {
namespace {

using namespace zest::test;

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

// A small socket buffer, so that a send cannot always be taken whole.
void tighten(const Pair& pair) {
  const int size = 65536;
  CHECK(::setsockopt(pair.near.get(), SOL_SOCKET, SO_SNDBUF, &size, sizeof size) == 0);
}

// Sends until nothing more is taken; how much that was.
size_t stuff(Loop& loop, Taker& taker, const Fd& near, std::string_view text) {
  size_t sent = 0;
  for (int silent = 0; silent < 20 && sent < text.size();) {
    if (!taker.op.in_flight()) loop.send(taker.op, near.get(), bytes_of(text.substr(sent)));
    const size_t before = taker.results.size();
    turn_briefly(loop);
    if (taker.results.size() == before) {
      ++silent;
      continue;
    }
    silent = 0;
    if (taker.last() > 0) sent += static_cast<size_t>(taker.last());
  }
  return sent;
}

// Threads that the kernel has made in this process for what would not do without waiting.
size_t kernel_workers() {
  size_t count = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream file(task.path() / "comm");
    std::string name;
    count += file >> name && name.starts_with("iou-wrk");
  }
  return count;
}

TEST_CASE("what is sent arrives") {
  on_each_backend([](BackendKind kind) {
    const Pair pair = tcp_pair();
    auto loop = make_loop(kind);
    Taker taker(*loop);
    loop->send(taker.op, pair.near.get(), bytes_of("hello"));
    REQUIRE(turn_until(*loop, [&] { return taker.ended(); }));
    REQUIRE(taker.last() == 5);
    CHECK(read_exactly(pair.far, 5) == "hello");
  });
}

TEST_CASE("a send that finds the socket full waits for room") {
  on_each_backend([](BackendKind kind) {
    const Pair pair = tcp_pair();
    tighten(pair);
    auto loop = make_loop(kind);
    Taker taker(*loop);
    const std::string text = pattern(8 << 20);
    const size_t sent = stuff(*loop, taker, pair.near, text);
    REQUIRE(taker.op.in_flight());
    REQUIRE(sent < text.size());
    CHECK((read_exactly(pair.far, sent) == text.substr(0, sent)));
    CHECK(turn_until(*loop, [&] { return !taker.op.in_flight(); }));
    CHECK(taker.last() > 0);
  });
}

TEST_CASE("a peer that has ended and does not read costs no turns and no thread of the kernel") {
  on_each_backend([](BackendKind kind) {
    for (const bool ends_first : {true, false}) {
      const Pair pair = tcp_pair();
      tighten(pair);
      auto loop = make_loop(kind);
      Taker taker(*loop);
      const std::string text = pattern(8 << 20);
      const size_t workers = kernel_workers();  // what other tests had waits for some seconds
      if (ends_first) ::shutdown(pair.far.get(), SHUT_WR);
      const size_t sent = stuff(*loop, taker, pair.near, text);
      REQUIRE(taker.op.in_flight());
      if (!ends_first) ::shutdown(pair.far.get(), SHUT_WR);
      turn_briefly(*loop);
      size_t completed = 0;
      for (int turns = 0; turns < 3; ++turns)
        completed += loop->turn(system_clock().now_ns() + 5 * ns_per_ms);
      CHECK(completed <= 1);  // the system may have found it a little more room
      CHECK(kernel_workers() <= workers);
      CHECK((read_exactly(pair.far, sent) == text.substr(0, sent)));
      CHECK(turn_until(*loop, [&] { return !taker.op.in_flight(); }));
      CHECK(taker.last() > 0);
    }
  });
}

TEST_CASE("a send to a peer that has ended and does not read can be cancelled") {
  on_each_backend([](BackendKind kind) {
    const Pair pair = tcp_pair();
    tighten(pair);
    auto loop = make_loop(kind);
    Taker taker(*loop);
    ::shutdown(pair.far.get(), SHUT_WR);
    stuff(*loop, taker, pair.near, pattern(8 << 20));
    REQUIRE(taker.op.in_flight());
    loop->cancel(taker.op);
    CHECK(turn_until(*loop, [&] { return taker.ended(); }));
    CHECK(taker.last() == -ECANCELED);
  });
}

TEST_CASE("a long send comes through in parts, every byte once and in order") {
  on_each_backend([](BackendKind kind) {
    Pair pair = tcp_pair();
    tighten(pair);
    auto loop = make_loop(kind);
    const std::string text = pattern(2 << 20);
    std::string received;
    std::thread reader([&] { received = read_to_end(pair.far); });
    size_t sent = 0;
    {
      Taker taker(*loop);
      taker.then = [&](const Completion& completion) {
        if (completion.result <= 0) return;
        sent += static_cast<size_t>(completion.result);
        if (sent < text.size())
          loop->send(taker.op, pair.near.get(), bytes_of(std::string_view(text).substr(sent)));
      };
      loop->send(taker.op, pair.near.get(), bytes_of(text));
      CHECK(turn_until(*loop, [&] { return sent == text.size(); }));
    }
    loop->close(std::move(pair.near));
    reader.join();
    CHECK((received == text.substr(0, sent)));
  });
}

TEST_CASE("a message of several pieces goes out as one") {
  on_each_backend([](BackendKind kind) {
    const Pair pair = tcp_pair();
    auto loop = make_loop(kind);
    std::string head = "head ";
    std::string body = "body";
    std::array<iovec, 2> pieces{{{head.data(), head.size()}, {body.data(), body.size()}}};
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = pieces.size();
    Taker taker(*loop);
    loop->send_message(taker.op, pair.near.get(), message);
    REQUIRE(turn_until(*loop, [&] { return taker.ended(); }));
    REQUIRE(taker.last() == 9);
    CHECK(read_exactly(pair.far, 9) == "head body");
  });
}

TEST_CASE("a send to a connection that was reset is an error, and no signal") {
  on_each_backend([](BackendKind kind) {
    Pair pair = tcp_pair();
    auto loop = make_loop(kind);
    reset_on_close(pair.far);
    pair.far.reset();
    Taker taker(*loop);
    for (size_t i = 1; i <= 2; ++i) {
      loop->send(taker.op, pair.near.get(), bytes_of("x"));
      REQUIRE(turn_until(*loop, [&] { return taker.endings == i; }));
      CHECK((taker.last() == -EPIPE || taker.last() == -ECONNRESET));
    }
    CHECK(taker.last() == -EPIPE);
  });
}

TEST_CASE("one socket sends and receives at the same time") {
  on_each_backend([](BackendKind kind) {
    const Pair pair = tcp_pair();
    auto loop = make_loop(kind, {.count = 4, .size = 4096});
    Taker reader(*loop);
    Taker writer(*loop);
    loop->recv_pooled(reader.op, pair.near.get());
    for (int i = 0; i < 50; ++i) {
      loop->send(writer.op, pair.near.get(), bytes_of("ping"));
      REQUIRE(turn_until(*loop, [&] { return writer.endings == size_t(i) + 1; }));
      REQUIRE(writer.last() > 0);
      const std::string echo = read_exactly(pair.far, size_t(writer.last()));
      const size_t expected = reader.bytes.size() + echo.size();
      write_all(pair.far, echo);
      REQUIRE(turn_until(*loop, [&] { return reader.bytes.size() == expected; }));
    }
    CHECK(reader.bytes.starts_with("pingping"));
  });
}

}  // namespace
}  // namespace zest::io
