// Tunnels with TLS on one side. Where its records are in the kernel the socket is plain to whoever
// sends: then bytes can go to it through a pipe, and what comes from it is copied.
#include <doctest/doctest.h>
#include <sys/socket.h>

#include "support/torture.h"
#include "tls/layer_bench.h"
#include "tunnel/tunnel.h"

namespace zest::test {
namespace {

using tls::KernelMode;
using tunnel::EngineChoice;

// One whose side b speaks TLS to the bench's peer. Side a's far end is the test's.
struct Layered {
  Layered(io::BackendKind kind, KernelMode mode, EngineChoice choice)
      : bench(kind, mode, {.buffers = {.count = 64, .size = 8192, .headroom = tls::headroom}}) {
    Pair pair = tcp_pair();
    far = std::move(pair.far);
    engines.emplace(*bench.loop);
    REQUIRE(bench.shake_hands());
    bench.stream->hold();
    CHECK(turn_to_end(*bench.loop, [&] { return !bench.stream->busy(); }));
    joined.emplace(*engines, std::move(pair.near), Fd(), choice);
    joined->side(1).take_over(*bench.stream);
    joined->start({}, this, [](void* self) noexcept { static_cast<Layered*>(self)->over = true; });
  }
  ~Layered() {
    if (!over) joined->cancel();
    CHECK(turn_to_end(*bench.loop, [&] { return over; }));
    engines->stop();
    CHECK(turn_to_end(*bench.loop, [&] { return !engines->busy(); }));
  }

  // As much as its socket takes, while the peer reads it.
  void far_says(std::string_view text) {
    bench.peer.data.clear();
    size_t said = 0;
    CHECK(bench.until([&] {
      const ssize_t n =
          ::send(far.get(), text.data() + said, text.size() - said, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (n > 0) said += static_cast<size_t>(n);
      return bench.peer.data.size() >= text.size() || over;
    }));
    CHECK((bench.peer.data == text));
  }
  void peer_says(std::string_view text) {
    bench.peer_says(text);
    std::string heard;
    CHECK(bench.until([&] {
      char piece[16'384];
      const ssize_t n = ::recv(far.get(), piece, sizeof piece, MSG_DONTWAIT);
      if (n > 0) heard.append(piece, static_cast<size_t>(n));
      return heard.size() >= text.size() || over;
    }));
    CHECK((heard == text));
  }

  LayerBench bench;
  Fd far;
  std::optional<tunnel::Engines> engines;
  std::optional<tunnel::Tunnel> joined;
  bool over = false;
};

void on_each(const std::function<void(io::BackendKind, KernelMode, EngineChoice)>& body) {
  on_each_place([&](io::BackendKind kind, KernelMode mode) {
    using enum EngineChoice;
    for (const EngineChoice choice : {copy, splice, automatic}) {
      CAPTURE(choice);
      body(kind, mode, choice);
    }
  });
}

}  // namespace

TEST_CASE("bytes pass both ways, to the kernel's records through a pipe, and so do their ends") {
  on_each([](io::BackendKind kind, KernelMode mode, EngineChoice choice) {
    Layered tunnel(kind, mode, choice);
    for (const size_t size : {1UL, 16'384UL, 16'385UL, load(600'000)}) {
      tunnel.far_says(pattern(size));
      tunnel.peer_says(pattern(size, 2));
    }
    const bool in_kernel = mode == KernelMode::require;
    CHECK(tunnel.joined->side(1).plain() == in_kernel);
    const bool spliced = tunnel.engines->counters().spliced > 0;
    if (!in_kernel || choice == EngineChoice::copy) CHECK(!spliced);
    if (in_kernel && choice == EngineChoice::splice) CHECK(spliced);
    ::shutdown(tunnel.far.get(), SHUT_WR);
    CHECK(tunnel.bench.until([&] { return tunnel.bench.peer.closed(); }));
    tunnel.peer_says("the other way goes on");
    SSL_shutdown(tunnel.bench.peer.ssl());
    CHECK(tunnel.bench.until([&] { return tunnel.over; }));
    CHECK(tunnel.joined->ended().end == tunnel::End::done);
    char byte;
    CHECK(::recv(tunnel.far.get(), &byte, 1, 0) == 0);
  });
}

TEST_CASE("an end of TLS that was not announced breaks the other side") {
  on_each([](io::BackendKind kind, KernelMode mode, EngineChoice choice) {
    Layered tunnel(kind, mode, choice);
    tunnel.far_says("question");
    tunnel.peer_says("answer");
    ::shutdown(tunnel.bench.pair.far.get(), SHUT_WR);
    CHECK(tunnel.bench.until([&] { return tunnel.over; }));
    CHECK(tunnel.joined->ended().end == tunnel::End::b_broken);
  });
}

// What is said meanwhile is held back, and all of it arrives.
TEST_CASE("a peer that stalls stops who talks to it") {
  on_each([](io::BackendKind kind, KernelMode mode, EngineChoice choice) {
    Layered tunnel(kind, mode, choice);
    tunnel.far_says("hello");
    tunnel.bench.peer.data.clear();
    tunnel.bench.peer_reads = false;
    const std::string text = pattern(load(4) == 4 ? 20'000'000 : 1'000'000);
    size_t said = 0;
    const auto say = [&] {
      const ssize_t n = ::send(tunnel.far.get(), text.data() + said, text.size() - said,
                               MSG_DONTWAIT | MSG_NOSIGNAL);
      if (n > 0) said += static_cast<size_t>(n);
    };
    for (int quiet = 0; quiet < 50;) {
      const size_t before = said;
      say();
      tunnel.bench.loop->turn(system_clock().now_ns() + ns_per_ms);
      quiet = said == before ? quiet + 1 : 0;
    }
    if (load(4) == 4) CHECK(said < text.size());
    tunnel.bench.peer_reads = true;
    CHECK(tunnel.bench.until([&] {
      if (said < text.size()) say();
      return tunnel.bench.peer.data.size() >= text.size() || tunnel.over;
    }));
    CHECK((tunnel.bench.peer.data == text));
  });
}

}  // namespace zest::test
