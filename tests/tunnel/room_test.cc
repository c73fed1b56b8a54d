// A small pool of receive buffers, and more readers that have stalled than it has buffers.
#include <doctest/doctest.h>
#include <sys/socket.h>

#include <algorithm>
#include <deque>

#include "support/torture.h"
#include "tunnel/far_end.h"

namespace zest::tunnel {
namespace {

using namespace zest::test;

constexpr uint32_t buffers = 16;
constexpr size_t stalled = 40;
constexpr size_t most = 400'000;  // said by each

// A tunnel of the same Engines: a says all that is taken from it, b hears nothing until it is
// asked.
struct One {
  One(Joined& of, uint32_t number) : all(pattern(most, number)) {
    Pair pair_a = tcp_pair();
    Pair pair_b = tcp_pair();
    const int little = 65'536;
    ::setsockopt(pair_b.far.get(), SOL_SOCKET, SO_RCVBUF, &little, sizeof little);
    ::setsockopt(pair_b.near.get(), SOL_SOCKET, SO_SNDBUF, &little, sizeof little);
    a = std::move(pair_a.far);
    b = std::move(pair_b.far);
    tunnel.emplace(*of.engines, std::move(pair_a.near), std::move(pair_b.near), of.options.choice);
    tunnel->start({}, this, [](void* self) noexcept { static_cast<One*>(self)->over = true; });
  }

  void say() {
    while (said < most) {
      const ssize_t n =
          ::send(a.get(), all.data() + said, most - said, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n <= 0) return;
      said += static_cast<size_t>(n);
    }
  }
  void hear() {
    char bytes[16'384];
    for (ssize_t n; (n = ::recv(b.get(), bytes, sizeof bytes, MSG_DONTWAIT)) > 0;)
      heard.append(bytes, static_cast<size_t>(n));
  }

  const std::string all;
  Fd a, b;
  std::optional<Tunnel> tunnel;
  size_t said = 0;
  std::string heard;
  bool over = false;
};

struct Crowd {
  Crowd(io::BackendKind kind, JoinedOptions options) : joined(kind, options) {
    for (uint32_t i = 0; i < stalled; ++i) all.emplace_back(joined, i);
  }
  ~Crowd() {
    for (One& one : all) one.tunnel->cancel();
    CHECK(joined.until([&] { return std::ranges::all_of(all, &One::over); }));
  }

  // As the owner of a loop does after each turn.
  bool until(const std::function<bool()>& condition) {
    for (int turn = 0; turn < 20'000 && !condition(); ++turn) {
      const int64_t soon_ns = system_clock().now_ns() + ns_per_ms;
      joined.loop->turn(std::min(soon_ns, joined.engines->relieve()));
    }
    return condition();
  }

  void say() {
    for (One& one : all) one.say();
  }

  Joined joined;
  std::deque<One> all;
};

}  // namespace

TEST_CASE("readers that have stalled leave buffers for those that go on, and miss nothing" *
          doctest::test_suite("no-torture")) {
  on_each_backend([](io::BackendKind kind) {
    Crowd crowd(kind, {.buffers = {.count = buffers, .size = 4096}});
    Joined& joined = crowd.joined;
    CHECK(crowd.until([&] {
      crowd.say();
      return joined.engines->counters().set_aside >= buffers;
    }));
    joined.start();
    for (int i = 0; i < 20; ++i) {
      write_all(joined.a, "question");
      REQUIRE(crowd.until([&] { return waits_in(joined.b) == 8; }));
      CHECK(read_exactly(joined.b, 8) == "question");
    }
    CHECK(crowd.until([&] {
      crowd.say();
      for (One& one : crowd.all) one.hear();
      return std::ranges::all_of(crowd.all, [](One& one) { return one.heard.size() == most; });
    }));
    for (One& one : crowd.all) CHECK((one.heard == one.all));
  });
}

}  // namespace zest::tunnel
