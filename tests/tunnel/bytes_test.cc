// What one side says the other hears, exactly and to its end.
#include <doctest/doctest.h>
#include <sys/socket.h>

#include <atomic>
#include <thread>

#include "support/torture.h"
#include "tunnel/far_end.h"
#include "tunnel/joined.h"
#include "tunnel/talk.h"

namespace zest::tunnel {
namespace {

using namespace zest::test;

void check_whole(const Talk& talk, size_t size) {
  CHECK(talk.heard() == size);
  CHECK(talk.wrong() == 0);
  CHECK(talk.ended());
}

}  // namespace

TEST_CASE("bytes pass both ways at once, exactly, and both ends are told") {
  on_each_engine([](io::BackendKind kind, const JoinedOptions& options) {
    Joined joined(kind, options);
    const size_t up = load(40'000'000);
    const size_t down = load(25'000'000);
    joined.start();
    Talk a(joined.a, {.says = up, .seed = 0, .hears_seed = 1});
    Talk b(joined.b, {.says = down, .seed = 1, .hears_seed = 0});
    CHECK(joined.ends());
    CHECK(joined.ended().end == End::done);
    CHECK(joined.ended().bytes[0] == up);
    CHECK(joined.ended().bytes[1] == down);
    joined.end();
    a.join();
    b.join();
    check_whole(a, down);
    check_whole(b, up);
  });
}

TEST_CASE("small messages go to and fro") {
  on_each_engine([](io::BackendKind kind, const JoinedOptions& options) {
    Joined joined(kind, options);
    joined.start();
    std::jthread far([&] {
      for (;;) {
        const std::string asked = read_exactly(joined.b, 64);
        if (asked.size() < 64) return;
        if (::send(joined.b.get(), asked.data(), asked.size(), MSG_NOSIGNAL) != 64) return;
      }
    });
    const size_t rounds = load(2000);
    std::atomic<bool> done = false;
    std::atomic<size_t> right = 0;
    std::jthread near([&] {
      for (size_t i = 0; i < rounds; ++i) {
        const std::string text = pattern(64, static_cast<unsigned>(i));
        if (::send(joined.a.get(), text.data(), text.size(), MSG_NOSIGNAL) != 64) break;
        if (read_exactly(joined.a, 64) != text) break;
        ++right;
      }
      done = true;
    });
    CHECK(turns_until(joined, [&] { return done.load(); }));
    joined.tunnel->cancel();
    joined.end();
    far.join();
    near.join();
    CHECK(right == rounds);
  });
}

TEST_CASE("what had arrived before the tunnel goes first") {
  on_each_engine([](io::BackendKind kind, const JoinedOptions& options) {
    Joined joined(kind, options);
    write_all(joined.a, "first ");
    joined.near_a().start();
    CHECK(joined.until([&] { return joined.near_a().input().size() == 6; }));
    joined.start();
    write_all(joined.a, "second");
    ::shutdown(joined.a.get(), SHUT_WR);
    ::shutdown(joined.b.get(), SHUT_WR);
    CHECK(joined.ends());
    CHECK(joined.ended().end == End::done);
    joined.end();
    CHECK(read_to_end(joined.b) == "first second");
  });
}

TEST_CASE("a reader that stalls stops its sender, and misses nothing") {
  on_each_engine([](io::BackendKind kind, const JoinedOptions& options) {
    Joined joined(kind, options);
    // More than all sockets on the way hold; under torture it only has to pass once.
    const size_t size = tortured() ? 400'000 : load(30'000'000);
    joined.start();
    Talk a(joined.a, {.says = size, .seed = 0, .hears_seed = 1});
    Talk b(joined.b, {.says = 0,
                      .seed = 1,
                      .hears_seed = 0,
                      .stalls_at = size / 8,
                      .stall_ms = static_cast<unsigned>(load(300))});
    CHECK(joined.ends());
    CHECK(joined.ended().end == End::done);
    joined.end();
    a.join();
    b.join();
    check_whole(b, size);
  });
}

}  // namespace zest::tunnel
