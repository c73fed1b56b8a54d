// Many completions in one batch, whose handlers cancel, end and free each other's operations.
#include <doctest/doctest.h>

#include <memory>
#include <vector>

#include "support/fake_backend.h"
#include "support/taker.h"

namespace zest::io {
namespace {

using namespace zest::test;

// Not tortured, for the same reason as strange_test.cc.
TEST_SUITE_BEGIN("no-torture");

struct Bench {
  explicit Bench(size_t count) {
    for (size_t i = 0; i < count; ++i) {
      takers.push_back(std::make_unique<Taker>(*fake.loop));
      fake.loop->recv(takers.back()->op, static_cast<int>(i), memory);
    }
  }
  // All that is in flight ends in one batch, in this order.
  void end_all(int32_t result) {
    std::vector<Event> batch;
    for (const auto& taker : takers)
      if (taker && taker->op.in_flight()) batch.push_back({.op = &taker->op, .result = result});
    fake.backend->answer(std::move(batch));
    fake.loop->turn(0);
  }

  FakeLoop fake;
  std::byte memory[8];
  std::vector<std::unique_ptr<Taker>> takers;
};

TEST_CASE("a handler may cancel what has ended in the same batch") {
  Bench bench(3);
  bench.takers[0]->then = [&](const Completion&) {
    bench.fake.loop->cancel(bench.takers[1]->op);
    bench.fake.loop->cancel(bench.takers[2]->op);
  };
  bench.end_all(5);
  for (const auto& taker : bench.takers) CHECK(taker->results == std::vector<int32_t>{5});
  CHECK(bench.fake.loop->in_flight() == 0);
}

TEST_CASE("a handler may free an operation that has ended before it") {
  Bench bench(3);
  bench.takers[2]->then = [&](const Completion&) {
    bench.takers[0].reset();
    bench.takers[1].reset();
  };
  bench.end_all(5);
  CHECK(bench.takers[2]->ended());
}

TEST_CASE("a handler may free its own operation when it has ended") {
  Bench bench(2);
  std::unique_ptr<Taker> first = std::move(bench.takers[0]);
  Op& op = first->op;
  bool freed = false;
  struct Owner {
    std::unique_ptr<Taker>& taker;
    bool& freed;
  } owner{first, freed};
  first->then = [&owner](const Completion&) {
    owner.freed = true;
    const auto gone = std::move(owner.taker->then);  // this very function, alive until it returns
    owner.taker.reset();
  };
  bench.fake.backend->answer({{.op = &op, .result = 1}, {.op = &bench.takers[1]->op, .result = 2}});
  bench.fake.loop->turn(0);
  CHECK(freed);
  CHECK(bench.takers[1]->results == std::vector<int32_t>{2});
}

TEST_CASE("a handler may start operations, which are not part of its batch") {
  Bench bench(1);
  bench.takers[0]->then = [&](const Completion& completion) {
    if (completion.result == 5) bench.fake.loop->recv(bench.takers[0]->op, 9, bench.memory);
  };
  bench.end_all(5);
  CHECK(bench.takers[0]->op.in_flight());
  CHECK(bench.fake.backend->requests.back().fd == 9);
  bench.end_all(0);
  CHECK(bench.takers[0]->results == std::vector<int32_t>{5, 0});
}

TEST_CASE("a repeating operation cancelled in the middle of its batch gives all it had taken") {
  FakeLoop fake;
  Taker taker(*fake.loop);
  taker.then = [&](const Completion&) { fake.loop->cancel(taker.op); };
  fake.loop->poll_repeat(taker.op, 3, 1);
  fake.backend->answer({{.op = &taker.op, .result = 1, .more = true},
                        {.op = &taker.op, .result = 2, .more = true},
                        {.op = &taker.op, .result = 4, .more = false}});
  fake.loop->turn(0);
  CHECK(taker.results == std::vector<int32_t>{1, 2, 4});
  CHECK(taker.endings == 1);
  CHECK(fake.backend->cancelled.size() == 1);
}

TEST_CASE("what had completed when its thread left is delivered, the rest is given up") {
  Bench bench(2);
  Taker& done = *bench.takers[0];
  Taker& left = *bench.takers[1];
  bench.fake.backend->answer({{.op = &done.op, .result = 5}});
  bench.fake.loop->collect();
  CHECK(done.results == std::vector<int32_t>{5});
  bench.fake.loop->abandon(left.op);
  bench.fake.loop->abandon(left.op);
  CHECK_FALSE(left.op.in_flight());
  CHECK(bench.fake.loop->in_flight() == 0);
}

TEST_CASE("a wake-up that the kernel ends is armed again") {
  FakeLoop fake;
  REQUIRE(fake.loop->attach());
  Op& wake = *fake.backend->started.back();
  CHECK(fake.backend->requests.back().repeat);
  fake.backend->answer({{.op = &wake, .result = -ENOMEM}});
  fake.loop->turn(0);
  CHECK(fake.backend->started.size() == 2);
  CHECK(wake.in_flight());
}

TEST_CASE("closing an fd tells the backend before the number is free") {
  FakeLoop fake;
  auto notifier = sys::Notifier::open(sys::Notifier::Kind::eventfd);
  REQUIRE(notifier);
  Fd fd(::dup(notifier->fd()));
  const int number = fd.get();
  fake.loop->close(std::move(fd));
  CHECK(fake.backend->forgotten == std::vector<int>{number});
}

TEST_SUITE_END();

}  // namespace
}  // namespace zest::io
