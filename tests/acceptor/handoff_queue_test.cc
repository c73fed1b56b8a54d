// The queue between one accepting thread and its takers.
#include "acceptor/handoff_queue.h"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

namespace zest::acceptor {
namespace {

Accepted item(int32_t fd) { return {.fd = fd, .listener = 7, .at_ns = fd * 10}; }

bool push_visible(HandoffQueue& queue, const Accepted& what) {
  const bool pushed = queue.push(what);
  queue.publish();
  return pushed;
}

std::vector<int32_t> take(HandoffQueue& queue, size_t most) {
  std::vector<Accepted> into(most);
  into.resize(queue.take(into));
  std::vector<int32_t> fds;
  for (const Accepted& one : into) fds.push_back(one.fd);
  return fds;
}

TEST_CASE("what is pushed is taken once, in order, and whole") {
  HandoffQueue queue(4);
  for (int32_t fd = 1; fd <= 3; ++fd) CHECK(push_visible(queue, item(fd)));
  std::array<Accepted, 8> into;
  REQUIRE(queue.take(into) == 3);
  for (int32_t i = 0; i < 3; ++i) {
    const Accepted& one = into[static_cast<size_t>(i)];
    CHECK(one.fd == i + 1);
    CHECK(one.listener == 7);
    CHECK(one.at_ns == (i + 1) * 10);
  }
  CHECK(queue.take(into) == 0);
}

TEST_CASE("nothing is visible before it is published") {
  HandoffQueue queue(4);
  CHECK(queue.push(item(1)));
  CHECK(queue.push(item(2)));
  CHECK(take(queue, 4).empty());
  CHECK(queue.depth() == 0);
  CHECK(queue.unpublished() == 2);
  CHECK(queue.filled() == 2);
  queue.publish();
  CHECK(queue.unpublished() == 0);
  CHECK(take(queue, 4) == std::vector<int32_t>{1, 2});
}

TEST_CASE("a full queue takes nothing more, until something is taken") {
  HandoffQueue queue(4);
  for (int32_t fd = 0; fd < 4; ++fd) CHECK(push_visible(queue, item(fd)));
  CHECK_FALSE(push_visible(queue, item(4)));
  CHECK(queue.depth() == 4);
  CHECK(take(queue, 1) == std::vector<int32_t>{0});
  CHECK(push_visible(queue, item(4)));
  CHECK_FALSE(push_visible(queue, item(5)));
  CHECK(take(queue, 9) == std::vector<int32_t>{1, 2, 3, 4});
}

TEST_CASE("it has room for at least what was asked") {
  for (const uint32_t slots : {1U, 2U, 3U, 5U, 1000U}) {
    HandoffQueue queue(slots);
    uint32_t pushed = 0;
    while (push_visible(queue, item(1))) ++pushed;
    CHECK(pushed >= slots);
    CHECK(pushed < 2 * slots);
  }
}

TEST_CASE("it goes round many times without mixing anything up") {
  HandoffQueue queue(8);
  int32_t next = 0;
  int32_t expected = 0;
  for (int round = 0; round < 1000; ++round) {
    for (int i = 0; i < 1 + round % 8; ++i) REQUIRE(push_visible(queue, item(next++)));
    for (const int32_t fd : take(queue, 8)) CHECK(fd == expected++);
  }
  CHECK(expected == next);
}

TEST_CASE("an empty place for results takes nothing") {
  HandoffQueue queue(4);
  push_visible(queue, item(1));
  CHECK(queue.take({}) == 0);
  CHECK(queue.depth() == 1);
}

TEST_CASE("news comes alone") {
  HandoffQueue queue(8);
  for (const int32_t fd : {1, 2, -1, 3, -1, -1, 4}) queue.push(item(fd));
  queue.publish();
  CHECK(take(queue, 8) == std::vector<int32_t>{1, 2});
  CHECK(take(queue, 8) == std::vector<int32_t>{-1});
  CHECK(take(queue, 8) == std::vector<int32_t>{3});
  CHECK(take(queue, 8) == std::vector<int32_t>{-1});
  CHECK(take(queue, 8) == std::vector<int32_t>{-1});
  CHECK(take(queue, 8) == std::vector<int32_t>{4});
  CHECK(take(queue, 8).empty());
}

// One pusher, many takers, a queue so small that it wraps all the time.
void stress(size_t takers, size_t batch, int32_t count) {
  HandoffQueue queue(16);
  std::vector<std::atomic<uint8_t>> seen(static_cast<size_t>(count));
  std::atomic<int32_t> taken{0};
  std::atomic<int32_t> mixed_up{0};
  std::vector<std::jthread> threads;
  for (size_t t = 0; t < takers; ++t)
    threads.emplace_back([&] {
      std::vector<Accepted> into(batch);
      while (taken.load() < count) {
        const size_t got = queue.take(into);
        if (got == 0) std::this_thread::yield();
        for (size_t i = 0; i < got; ++i) {
          if (into[i].at_ns != into[i].fd * 10 || into[i].listener != 7) mixed_up.fetch_add(1);
          seen[static_cast<size_t>(into[i].fd)].fetch_add(1);
        }
        taken.fetch_add(static_cast<int32_t>(got));
      }
    });
  for (int32_t fd = 0; fd < count;) {
    const bool pushed = queue.push(item(fd));
    if (pushed) ++fd;
    if (!pushed || fd % 3 == 0 || fd == count) queue.publish();
    if (!pushed) std::this_thread::yield();
  }
  threads.clear();
  CHECK(mixed_up == 0);
  CHECK(taken == count);
  int32_t wrong = 0;
  for (const auto& times : seen) wrong += times.load() != 1;
  CHECK(wrong == 0);
  CHECK(queue.depth() == 0);
}

TEST_CASE("one taker loses nothing and sees nothing twice") { stress(1, 4, 50'000); }
TEST_CASE("four takers lose nothing and see nothing twice") { stress(4, 1, 50'000); }
TEST_CASE("takers in batches lose nothing and see nothing twice") { stress(3, 5, 50'000); }

}  // namespace
}  // namespace zest::acceptor
