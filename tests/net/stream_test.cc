// The two sides of a connected socket: Stream receives, Output sends.
#include "net/stream.h"

#include <doctest/doctest.h>

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "net/output.h"
#include "support/backends.h"
#include "support/sockets.h"
#include "support/torture.h"

namespace zest::net {
namespace {

using namespace zest::test;

constexpr uint32_t buffers = 64;

struct Bench {
  explicit Bench(io::BackendKind kind)
      : loop(make_loop(kind, {.count = buffers, .size = 1024})), pair(tcp_pair()) {
    stream.emplace(*loop, std::move(pair.near));
    output.emplace(*loop, stream->fd());
    stream->on_event(this, [](void* self) noexcept { ++static_cast<Bench*>(self)->events; });
  }
  ~Bench() {
    stream->cancel();
    output->cancel();
    turn_to_end(*loop, [&] { return !stream->busy() && !output->busy(); });
  }
  bool until(const std::function<bool()>& condition) { return turn_until(*loop, condition); }
  void send(std::string_view text) {
    const iovec piece{.iov_base = const_cast<char*>(text.data()), .iov_len = text.size()};
    output->send({&piece, 1});
  }
  // Everything that is there, consumed.
  std::string take() {
    std::string text;
    while (!stream->input().empty()) {
      const std::span<std::byte> front = stream->input().front();
      text.append(reinterpret_cast<const char*>(front.data()), front.size());
      stream->consume(front.size());
    }
    return text;
  }

  std::unique_ptr<io::Loop> loop;
  Pair pair;
  std::optional<Stream> stream;
  std::optional<Output> output;
  int events = 0;
};

}  // namespace

TEST_CASE("what arrives waits until it is consumed, and the end is told") {
  on_each_backend([](io::BackendKind kind) {
    Bench bench(kind);
    bench.stream->start();
    write_all(bench.pair.far, "hello");
    CHECK(bench.until([&] { return bench.stream->input().size() == 5; }));
    CHECK(bench.events > 0);
    CHECK(!bench.stream->finished());
    bench.pair.far = Fd();
    CHECK(bench.until([&] { return bench.stream->ended(); }));
    CHECK(bench.stream->error() == 0);
    CHECK(bench.take() == "hello");
    CHECK(bench.until([&] { return !bench.stream->busy(); }));
  });
}

TEST_CASE("a reset is an error") {
  on_each_backend([](io::BackendKind kind) {
    Bench bench(kind);
    bench.stream->start();
    reset_on_close(bench.pair.far);
    bench.pair.far = Fd();
    CHECK(bench.until([&] { return bench.stream->finished(); }));
    CHECK(bench.stream->error() == ECONNRESET);
    CHECK(!bench.stream->ended());
  });
}

TEST_CASE("a reset behind what is not received is seen by a watch, and an end is none") {
  on_each_backend([](io::BackendKind kind) {
    Bench bench(kind);
    bench.stream->hold();
    bench.stream->watch(0);
    write_all(bench.pair.far, "hello");
    ::shutdown(bench.pair.far.get(), SHUT_WR);
    int turns = 0;
    CHECK(bench.until([&] { return ++turns > 20; }));
    CHECK(!bench.stream->broken());
    reset_on_close(bench.pair.far);
    bench.pair.far = Fd();
    CHECK(bench.until([&] {
      // A ring has told of the end, unasked.
      if (!bench.stream->watching()) bench.stream->watch(0);
      return bench.stream->broken();
    }));
    bench.stream->release();
  });
}

TEST_CASE("receiving stops when much is unconsumed, and goes on when it is not") {
  on_each_backend([](io::BackendKind kind) {
    Bench bench(kind);
    const std::string sent = pattern(3'000'000);
    std::jthread sends([&] {
      for (size_t at = 0; at < sent.size();) {
        const ssize_t n = ::send(bench.pair.far.get(), sent.data() + at, sent.size() - at, 0);
        if (n <= 0) return;
        at += static_cast<size_t>(n);
      }
    });
    bench.stream->start();
    CHECK(bench.until([&] { return !bench.stream->busy(); }));  // paused
    CHECK(!bench.stream->finished());
    std::string got;
    while (got.size() < sent.size()) {
      const std::string piece = bench.take();
      got += piece;
      if (piece.empty() && !bench.until([&] { return !bench.stream->input().empty(); })) break;
      if (bench.stream->error()) break;
    }
    CHECK((got == sent));
    CHECK(bench.stream->error() == 0);
    bench.stream->cancel();
    ::shutdown(bench.pair.far.get(), SHUT_RDWR);
  });
}

TEST_CASE("of a long transfer few buffers are held, and it ends being one") {
  on_each_backend([](io::BackendKind kind) {
    Bench bench(kind);
    write_all(bench.pair.far, std::string(40 * 1024, 'x'));
    bench.stream->start();
    CHECK(bench.until([&] { return !bench.stream->busy(); }));
    size_t taken = bench.take().size();  // with what came before it was known
    CHECK(bench.until([&] { return !bench.stream->busy(); }));
    CHECK(bench.stream->input().buffers() == 2);
    while (taken < 40 * 1024 && bench.until([&] { return !bench.stream->input().empty(); }))
      taken += bench.take().size();
    CHECK(taken == 40 * 1024);
    bench.stream->end_bulk();
    for (const char* text : {"small", "again"}) {
      write_all(bench.pair.far, text);
      CHECK(bench.until([&] { return !bench.stream->input().empty(); }));
      CHECK(bench.take() == text);
      CHECK(bench.stream->busy());
    }
  });
}

TEST_CASE("an empty pool is no error, and the bytes come when there is room") {
  on_each_backend([](io::BackendKind kind) {
    Bench bench(kind);
    Pair hungry = tcp_pair();
    Stream other(*bench.loop, std::move(hungry.near));
    // More than all buffers at once: what overshoots its pause takes them all.
    write_all(hungry.far, std::string(1024 * buffers, 'x'));
    ::usleep(20'000);
    other.start();
    CHECK(bench.until([&] { return other.input().buffers() > 0; }));
    bench.stream->start();
    write_all(bench.pair.far, "hello");
    for (int i = 0; i < 20; ++i) bench.loop->turn(system_clock().now_ns() + ns_per_ms);
    other.consume(other.input().size());
    CHECK(bench.until([&] { return bench.stream->input().size() == 5; }));
    CHECK(bench.take() == "hello");
    CHECK(other.error() == 0);
    CHECK(bench.stream->error() == 0);
    other.cancel();
    turn_to_end(*bench.loop, [&] { return !other.busy(); });
  });
}

TEST_CASE("pieces are sent in order and whole, whoever is slow") {
  on_each_backend([](io::BackendKind kind) {
    Bench bench(kind);
    const std::string text = pattern(load(4'000'000) / 16 * 16);
    std::array<iovec, Output::pieces_max> pieces;
    const size_t part = text.size() / pieces.size();
    for (size_t i = 0; i < pieces.size(); ++i)
      pieces[i] = {.iov_base = const_cast<char*>(text.data()) + i * part, .iov_len = part};
    std::string got;
    std::jthread reads([&] {
      ::usleep(20'000);
      got = read_exactly(bench.pair.far, part * pieces.size());
    });
    bench.output->send(pieces);
    CHECK(bench.until([&] { return !bench.output->busy(); }));
    CHECK(bench.output->error() == 0);
    CHECK(bench.output->sent() == part * pieces.size());
    ::shutdown(bench.stream->fd(), SHUT_WR);
    reads.join();
    CHECK((got == text));
  });
}

TEST_CASE("a send that nobody takes ends when it is cancelled, with an error") {
  on_each_backend([](io::BackendKind kind) {
    for (int round = 0; round < 5; ++round) {
      Bench bench(kind);
      const std::string text(20'000'000, 'x');
      bench.send(text);
      for (int i = 0; i < 5; ++i) bench.loop->turn(system_clock().now_ns() + 2 * ns_per_ms);
      CHECK(bench.output->busy());
      bench.output->cancel();
      CHECK(bench.until([&] { return !bench.output->busy(); }));
      CHECK(bench.output->error() == ECANCELED);
      CHECK(bench.output->sent() < text.size());
    }
  });
}

TEST_CASE("a send to nobody is an error") {
  on_each_backend([](io::BackendKind kind) {
    Bench bench(kind);
    reset_on_close(bench.pair.far);
    bench.pair.far = Fd();
    ::usleep(5000);
    bench.send("hello");
    CHECK(bench.until([&] { return !bench.output->busy(); }));
    const int error = bench.output->error();
    CHECK((error == ECONNRESET || error == EPIPE));
    bench.output->cancel();  // nothing to cancel, nothing changes
    CHECK(bench.output->error() == error);
  });
}

}  // namespace zest::net
