// Every way a tunnel can end, and what each side is told.
#include <doctest/doctest.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
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

TEST_CASE("one side ends, the other goes on talking, in both orders") {
  on_each_engine([](io::BackendKind kind, const JoinedOptions& options) {
    for (const bool swapped : {false, true}) {
      Joined joined(kind, options);
      joined.start();
      Fd& first = swapped ? joined.b : joined.a;
      Fd& second = swapped ? joined.a : joined.b;
      write_all(first, "question");
      shut(first);
      CHECK(hears(joined, second, "question"));
      CHECK(turns_until(joined, [&] { return has_ended(second); }));
      CHECK(!joined.over);
      for (int i = 0; i < 3; ++i) {
        write_all(second, "answer");
        CHECK(hears(joined, first, "answer"));
      }
      shut(second);
      CHECK(joined.ends());
      CHECK(joined.ended().end == End::done);
      CHECK(joined.ended().bytes[swapped ? 1 : 0] == 8);
      CHECK(joined.ended().bytes[swapped ? 0 : 1] == 18);
      joined.end();
      CHECK(read_all(first).error == 0);
    }
  });
}

TEST_CASE("an end right behind the data, and both sides at once") {
  on_each_engine([](io::BackendKind kind, const JoinedOptions& options) {
    Joined joined(kind, options);
    write_all(joined.a, "all that a says");
    shut(joined.a);
    write_all(joined.b, "all that b says");
    shut(joined.b);
    joined.start();
    CHECK(joined.ends());
    CHECK(joined.ended().end == End::done);
    joined.end();
    CHECK(read_all(joined.b).text == "all that a says");
    CHECK(read_all(joined.a).text == "all that b says");
  });
}

TEST_CASE("a reset of one side is a reset for the other, whichever it is") {
  on_each_engine([](io::BackendKind kind, const JoinedOptions& options) {
    for (const size_t side : {0u, 1u}) {
      Joined joined(kind, options);
      joined.start();
      Fd& first = side == 0 ? joined.a : joined.b;
      Fd& second = side == 0 ? joined.b : joined.a;
      write_all(first, "half a mess");
      CHECK(turns_until(joined, [&] { return has_input(second); }));
      reset(first);
      CHECK(joined.ends());
      CHECK(joined.ended().end == (side == 0 ? End::a_broken : End::b_broken));
      CHECK(joined.ended().error == ECONNRESET);
      joined.end();
      CHECK(read_all(second).error == ECONNRESET);
    }
  });
}

TEST_CASE("a reset after a side's own end breaks what goes there, and is told") {
  on_each_engine([](io::BackendKind kind, const JoinedOptions& options) {
    Joined joined(kind, options);
    joined.start();
    write_all(joined.a, "question");
    shut(joined.a);
    CHECK(hears(joined, joined.b, "question"));
    CHECK(turns_until(joined, [&] { return has_ended(joined.b); }));
    reset(joined.a);
    // Nothing is received from a any more: that it is gone shows when something is sent there.
    for (int i = 0; i < 2 && !joined.over; ++i) {
      ::send(joined.b.get(), "answer", 6, MSG_NOSIGNAL);
      turns_until(joined, [&] { return joined.over; });
    }
    CHECK(joined.ended().end == End::a_broken);
    joined.end();
    CHECK(::send(joined.b.get(), "answer", 6, MSG_NOSIGNAL) == -1);
  });
}

TEST_CASE("who has ended and then resets is noticed, however much the other says" *
          doctest::test_suite("no-torture")) {
  on_each_engine([](io::BackendKind kind, JoinedOptions options) {
    options.limits = {.idle_timeout_ms = 100'000, .end_timeout_ms = 100};
    Joined joined(kind, options);
    joined.start();
    for (int i = 0; i < 50; ++i) {
      write_all(joined.a, "question");
      REQUIRE(hears(joined, joined.b, "question"));
      write_all(joined.b, "answer");
      REQUIRE(hears(joined, joined.a, "answer"));
    }
    shut(joined.a);
    CHECK(turns_until(joined, [&] { return has_ended(joined.b); }));
    reset(joined.a);
    CHECK(turns_until(joined, [&] {
      ::send(joined.b.get(), "answer", 6, MSG_NOSIGNAL);
      return joined.over;
    }));
    CHECK(joined.ended().end == End::a_broken);
  });
}

TEST_CASE("what a side said before it broke still arrives") {
  on_each_engine([](io::BackendKind kind, const JoinedOptions& options) {
    Joined joined(kind, options);
    joined.start();
    write_all(joined.a, "not read by b");
    CHECK(turns_until(joined, [&] { return has_input(joined.b); }));
    write_all(joined.b, "said before");
    joined.b = Fd();  // with unread bytes: a reset
    CHECK(joined.ends());
    CHECK(joined.ended().end == End::b_broken);
    joined.end();
    // A reset may overtake it on the way to a, but not in a's own queue.
    const Answer answer = read_all(joined.a);
    CHECK(answer.text == "said before");
    CHECK(answer.error == ECONNRESET);
  });
}

TEST_CASE("what a peer does not take after all has been said is not kept for ever" *
          doctest::test_suite("no-torture")) {
  on_each_engine([](io::BackendKind kind, JoinedOptions options) {
    options.limits.end_timeout_ms = 7000;
    Joined joined(kind, options);
    const int little = 4096;
    ::setsockopt(joined.b.get(), SOL_SOCKET, SO_RCVBUF, &little, sizeof little);
    joined.start();
    write_all(joined.a, std::string(200'000, 'x'));
    shut(joined.a);
    shut(joined.b);
    CHECK(joined.ends());
    CHECK(joined.ended().end == End::done);
    int timeout_ms = 0;
    socklen_t size = sizeof timeout_ms;
    ::getsockopt(joined.near_b().fd(), IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms, &size);
    CHECK(timeout_ms == 7000);
  });
}

TEST_CASE("cancelled in the middle of things") {
  on_each_engine([](io::BackendKind kind, const JoinedOptions& options) {
    Joined joined(kind, options);
    joined.start();
    std::jthread fills([&] {
      const std::string filling(1 << 16, 'x');
      while (::send(joined.a.get(), filling.data(), filling.size(), MSG_NOSIGNAL) > 0) {
      }
    });
    CHECK(turns_until(joined, [&] { return has_input(joined.b); }));
    joined.tunnel->cancel();
    CHECK(joined.ends());
    CHECK(joined.ended().end == End::cancelled);
    joined.end();
    fills.join();
  });
}

TEST_CASE("what was not taken before a cancel is no end for who should have heard it") {
  on_each_engine([](io::BackendKind kind, const JoinedOptions& options) {
    Joined joined(kind, options);
    joined.start();
    write_all(joined.a, "taken");
    CHECK(hears(joined, joined.b, "taken"));
    write_all(joined.a, "left");
    joined.tunnel->cancel();
    CHECK(joined.ends());
    joined.end();
    const Answer answer = read_all(joined.b);  // the kernel itself may have passed it on
    CHECK((answer.error == ECONNRESET || answer.text == "left"));
  });
}

}  // namespace zest::tunnel
