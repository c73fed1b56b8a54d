// When a tunnel has had its time.
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>

#include "support/torture.h"
#include "tunnel/far_end.h"
#include "tunnel/joined.h"

namespace zest::tunnel {
namespace {

using namespace zest::test;

}  // namespace

TEST_CASE("nothing moves: the idle deadline") {
  on_each_engine([](io::BackendKind kind, JoinedOptions options) {
    options.limits.idle_timeout_ms = 100;  // a machine may stand still
    Joined joined(kind, options);
    joined.start();
    write_all(joined.a, "hello");
    CHECK(joined.ends());
    CHECK(joined.ended().end == End::idle_timeout);
    CHECK(joined.ended().error == ETIMEDOUT);
    joined.end();
    const Answer answer = read_all(joined.b);
    CHECK(answer.text == "hello");
    CHECK(answer.error == 0);  // it has heard all there was
  });
}

TEST_CASE("a peer that never reads: the idle deadline, and a reset for it") {
  on_each_engine([](io::BackendKind kind, JoinedOptions options) {
    options.limits.idle_timeout_ms = tortured() ? 60 : 200;
    Joined joined(kind, options);
    joined.start();
    std::atomic<size_t> said = 0;
    std::jthread fills([&] {
      const std::string filling(1 << 16, 'x');
      ssize_t n = 0;
      while ((n = ::send(joined.a.get(), filling.data(), filling.size(), MSG_NOSIGNAL)) > 0)
        said += static_cast<size_t>(n);
    });
    CHECK(joined.ends());
    CHECK(joined.ended().end == End::idle_timeout);
    const uint64_t passed = joined.ended().bytes[0];
    joined.end();
    fills.join();
    // Else it is the sender that was slow, and all was told.
    if (said > passed) CHECK(read_all(joined.b).error == ECONNRESET);
  });
}

TEST_CASE("who has said what was taken and not passed on sees that it was cut" *
          doctest::test_suite("no-torture")) {
  on_each_engine([](io::BackendKind kind, JoinedOptions options) {
    if (options.choice == EngineChoice::sockmap) return;
    options.limits.idle_timeout_ms = 200;
    Joined joined(kind, options);
    joined.start();
    size_t said = 0;
    const std::string piece(10'000, 'x');
    for (int turns = 0; turns < 20;) {  // so often in a row it was not all passed on
      const bool stalled = said > joined.ended().bytes[0];
      turns = stalled ? turns + 1 : 0;
      if (!stalled) write_all(joined.a, piece);
      if (!stalled) said += piece.size();
      joined.loop->turn(system_clock().now_ns() + ns_per_ms);
    }
    CHECK(waits_in(joined.a) == 0);
    CHECK(joined.ends());
    CHECK(joined.ended().end == End::idle_timeout);
    joined.end();
    CHECK(read_all(joined.a).error == ECONNRESET);
  });
}

TEST_CASE("bytes move all the time: the total deadline") {
  on_each_engine([](io::BackendKind kind, JoinedOptions options) {
    options.limits = {.idle_timeout_ms = 10'000, .total_timeout_ms = tortured() ? 15u : 60u};
    Joined joined(kind, options);
    joined.start();
    std::atomic<bool> stop = false;
    std::jthread talks([&] {
      while (!stop && ::send(joined.a.get(), "x", 1, MSG_NOSIGNAL) == 1) ::usleep(1000);
    });
    CHECK(joined.ends());
    CHECK(joined.ended().end == End::total_timeout);
    stop = true;
    talks.join();
    joined.end();
    CHECK(read_all(joined.b).error == ECONNRESET);  // more was to come
  });
}

TEST_CASE("after one side's end the other may not be silent for ever") {
  on_each_engine([](io::BackendKind kind, JoinedOptions options) {
    options.limits = {.idle_timeout_ms = 100'000, .end_timeout_ms = 30};
    Joined joined(kind, options);
    joined.start();
    shut(joined.a);
    CHECK(joined.ends());
    CHECK(joined.ended().end == End::end_timeout);
  });
}

TEST_CASE("a drain leaves it its last time, however busy it is") {
  on_each_engine([](io::BackendKind kind, JoinedOptions options) {
    options.limits = {.idle_timeout_ms = 100'000, .end_timeout_ms = tortured() ? 15u : 60u};
    Joined joined(kind, options);
    joined.start();
    std::atomic<bool> stop = false;
    std::jthread talks([&] {
      while (!stop && ::send(joined.a.get(), "x", 1, MSG_NOSIGNAL) == 1) ::usleep(1000);
    });
    CHECK(turns_until(joined, [&] { return has_input(joined.b); }));
    CHECK(!joined.over);
    joined.tunnel->drain();
    CHECK(joined.ends());
    CHECK(joined.ended().end == End::end_timeout);
    stop = true;
    talks.join();
    joined.end();
    CHECK(read_all(joined.b).error == ECONNRESET);
  });
}

}  // namespace zest::tunnel
