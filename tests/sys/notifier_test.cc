// An fd that other loops wait for: readable from signal() until clear(), in both its forms.
#include "sys/notifier.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>

#include <thread>
#include <vector>

#include "support/leftovers.h"

namespace zest::sys {
namespace {

bool readable(const Notifier& notifier) {
  pollfd waited{.fd = notifier.fd(), .events = POLLIN, .revents = 0};
  return ::poll(&waited, 1, 0) == 1 && (waited.revents & POLLIN);
}

template <typename Body>
void with_each_kind(Body body) {
  for (const Notifier::Kind kind : {Notifier::Kind::eventfd, Notifier::Kind::pipe}) {
    CAPTURE((kind == Notifier::Kind::pipe));
    auto notifier = Notifier::open(kind);
    REQUIRE(notifier);
    body(*notifier);
  }
}

TEST_CASE("a notifier is readable from its signal until it is cleared") {
  with_each_kind([](const Notifier& notifier) {
    CHECK_FALSE(readable(notifier));
    notifier.signal();
    CHECK(readable(notifier));
    notifier.signal();
    notifier.signal();
    CHECK(readable(notifier));
    notifier.clear();
    CHECK_FALSE(readable(notifier));
    notifier.signal();
    CHECK(readable(notifier));
  });
}

TEST_CASE("clearing a notifier that nobody signalled does not block") {
  with_each_kind([](const Notifier& notifier) {
    notifier.clear();
    CHECK_FALSE(readable(notifier));
  });
}

// 64 KB is what a pipe holds: one more signal may neither block nor get lost.
TEST_CASE("a notifier takes any number of signals") {
  with_each_kind([](const Notifier& notifier) {
    for (int i = 0; i < 10'000; ++i) notifier.signal();
    CHECK(readable(notifier));
    notifier.clear();
    CHECK_FALSE(readable(notifier));
  });
}

TEST_CASE("a notifier is signalled from any thread") {
  with_each_kind([](const Notifier& notifier) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&] {
        for (int n = 0; n < 100; ++n) notifier.signal();
      });
    for (std::thread& thread : threads) thread.join();
    CHECK(readable(notifier));
  });
}

TEST_CASE("a notifier blocks nobody and does not survive exec") {
  with_each_kind([](const Notifier& notifier) {
    CHECK((::fcntl(notifier.fd(), F_GETFL) & O_NONBLOCK));
    CHECK((::fcntl(notifier.fd(), F_GETFD) & FD_CLOEXEC));
  });
}

TEST_CASE("an eventfd costs one fd and a pipe two, and both give them back") {
  const size_t before = test::open_fds();
  {
    const auto light = Notifier::open(Notifier::Kind::eventfd);
    REQUIRE(light);
    CHECK(test::open_fds() == before + 1);
    const auto pipe = Notifier::open(Notifier::Kind::pipe);
    REQUIRE(pipe);
    CHECK(test::open_fds() == before + 3);
  }
  CHECK(test::open_fds() == before);
}

}  // namespace
}  // namespace zest::sys
