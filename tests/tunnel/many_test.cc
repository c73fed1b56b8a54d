// Many tunnels of one loop at once.
#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <deque>
#include <string>

#include "support/torture.h"
#include "tunnel/far_end.h"
#include "tunnel/joined.h"

namespace zest::tunnel {
namespace {

using namespace zest::test;

constexpr size_t message_size = 64;
constexpr size_t rounds = 4;

// Another tunnel of the same Engines.
struct One {
  One(Joined& of, uint32_t number) : seed(number) {
    Pair pair_a = tcp_pair();
    Pair pair_b = tcp_pair();
    a = std::move(pair_a.far);
    b = std::move(pair_b.far);
    tunnel.emplace(*of.engines, std::move(pair_a.near), std::move(pair_b.near), of.options.choice);
    tunnel->start({}, this, [](void* self) noexcept { static_cast<One*>(self)->over = true; });
  }

  // a asks, b says the same; nothing waits.
  void talk() {
    const std::string message = pattern(message_size, seed + static_cast<unsigned>(round));
    if (!asked) {
      asked = ::send(a.get(), message.data(), message.size(), MSG_NOSIGNAL) == message_size;
    } else if (!answered && waits_in(b) == message_size) {
      right &= read_exactly(b, message_size) == message;
      answered = ::send(b.get(), message.data(), message.size(), MSG_NOSIGNAL) == message_size;
    } else if (answered && waits_in(a) == message_size) {
      right &= read_exactly(a, message_size) == message;
      asked = answered = false;
      ++round;
    }
  }

  const unsigned seed;
  Fd a, b;
  std::optional<Tunnel> tunnel;
  size_t round = 0;
  bool asked = false;
  bool answered = false;
  bool right = true;
  bool over = false;
};

bool all_fds(size_t wanted) {
  rlimit limit{};
  return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= wanted;
}

void end_all(Joined& joined, std::deque<One>& all) {
  for (One& one : all) {
    shut(one.a);
    shut(one.b);
  }
  CHECK(joined.until([&] { return std::ranges::all_of(all, &One::over); }));
  for (One& one : all) {
    CHECK(one.tunnel->ended().end == End::done);
    CHECK(one.tunnel->ended().bytes[0] == rounds * message_size);
    CHECK(one.tunnel->ended().bytes[1] == rounds * message_size);
  }
}

}  // namespace

TEST_CASE("many tunnels talk at once, each with its own words" *
          doctest::test_suite("no-torture")) {
  const bool slow = __has_feature(thread_sanitizer) || load(4) < 4;
  on_each_engine([&](io::BackendKind kind, JoinedOptions options) {
    const bool joins = options.choice == EngineChoice::sockmap;
    const size_t wanted = slow ? 100 : 1000;
    const size_t count = all_fds(4 * wanted + 500) ? wanted : 100;
    options.buffers.count = 512;
    Joined joined(kind, options);
    std::deque<One> all;
    for (size_t i = 0; i < count; ++i) all.emplace_back(joined, static_cast<uint32_t>(i));
    const int64_t patience_ns = system_clock().now_ns() + 60 * ns_per_s;
    size_t done = 0;
    while (done < count && system_clock().now_ns() < patience_ns) {
      done = 0;
      for (One& one : all) {
        if (one.round < rounds) one.talk();
        done += one.round == rounds;
      }
      joined.loop->turn(system_clock().now_ns() + ns_per_ms);
    }
    CHECK(done == count);
    for (const One& one : all) CHECK(one.right);
    // How many depends on who found its tunnel quiet, or waited for it.
    if (joins) CHECK(joined.engines->counters().joined > 0);
    // Joining holds a tunnel up, and all of them want to at once.
    CHECK(joined.engines->counters().joining_most <= EngineLimits{}.joining);
    if (joins && !slow) CHECK(joined.engines->counters().joins_put_off > 0);
    end_all(joined, all);
  });
}

TEST_CASE("a tunnel that is never silent goes into the kernel all the same") {
  const auto made = Sockmap::create_untested();
  if (!made->usable()) {
    MESSAGE("without sockmap: " << made->note().c_str());
    return;
  }
  on_each_backend([&](io::BackendKind kind) {
    Joined joined(kind, {.choice = EngineChoice::sockmap, .sockmap = made.get()});
    joined.start();
    std::string up, down;
    // Whenever the loop looks, both sides have said something more.
    for (int i = 0; i < 500 && joined.engines->counters().kernel_bytes == 0 && !joined.over; ++i) {
      write_all(joined.a, "question");
      write_all(joined.b, "answer");
      joined.loop->turn(system_clock().now_ns() + ns_per_ms);
      if (joined.engines->counters().joined > 0) break;
    }
    if (!fault_fired()) CHECK(joined.engines->counters().joined == 1);
    shut(joined.a);
    shut(joined.b);
    CHECK(joined.ends());
    const Ended ended = joined.ended();
    joined.end();
    if (fault_fired()) return;
    CHECK(ended.end == End::done);
    up = read_to_end(joined.b);
    down = read_to_end(joined.a);
    CHECK(up.size() == ended.bytes[0]);
    CHECK(down.size() == ended.bytes[1]);
    for (size_t at = 0; at < up.size(); ++at) REQUIRE(up[at] == "question"[at % 8]);
    for (size_t at = 0; at < down.size(); ++at) REQUIRE(down[at] == "answer"[at % 6]);
  });
}

}  // namespace zest::tunnel
