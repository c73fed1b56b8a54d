#include "io/waker.h"

#include <doctest/doctest.h>

#include "support/scoped.h"

namespace zest::io {
namespace {

struct Waited {
  int times = 0;
  int32_t last = 1;
};

Task<void> wait(Waker& waker, int64_t deadline_ns, Waited& waited, int times = 1) {
  for (int i = 0; i < times; ++i) {
    waited.last = co_await waker.wait(deadline_ns);
    ++waited.times;
  }
}

// Stands after what the tasks use: whatever happens, they end before it goes.
struct CancelsFirst {
  ~CancelsFirst() { scope.cancel(); }
  Scope& scope;
};

Task<void> settle(Waker& waker, Waited& waited) {
  waited.last = co_await waker.settle();
  ++waited.times;
}

}  // namespace

TEST_CASE("a task waits until it is woken, each time anew") {
  test::on_each_backend([](BackendKind kind) {
    const auto loop = test::make_loop(kind);
    test::Scoped scoped(*loop);
    Waker waker(scoped.scope);
    waker.wake();  // nobody waits
    Waited waited;
    scoped.scope.spawn(wait(waker, never_ns, waited, 3));
    for (int i = 1; i <= 3; ++i) {
      CHECK(waited.times == i - 1);
      waker.wake();
      CHECK(waited.times == i);
      CHECK(waited.last == 0);
    }
    waker.wake();
    CHECK(scoped.scope.running() == 0);
  });
}

TEST_CASE("a wait ends at its deadline, and a wake before it leaves no timer behind") {
  test::on_each_backend([](BackendKind kind) {
    const auto loop = test::make_loop(kind);
    test::Scoped scoped(*loop);
    Waker waker(scoped.scope);
    Waited waited;
    const CancelsFirst cancels_first{scoped.scope};
    const int64_t soon_ns = loop->now_ns() + 20 * ns_per_ms;
    scoped.scope.spawn(wait(waker, soon_ns, waited, 2));
    waker.wake();
    CHECK(waited.last == 0);
    CHECK(scoped.finishes());
    CHECK(waited.times == 2);
    CHECK(waited.last == -ETIMEDOUT);
    CHECK(test::system_clock().now_ns() >= soon_ns);
  });
}

TEST_CASE("a cancelled scope ends waits, also later ones, but not what must settle") {
  test::on_each_backend([](BackendKind kind) {
    const auto loop = test::make_loop(kind);
    test::Scoped scoped(*loop);
    Waker waker(scoped.scope);
    Waker other(scoped.scope);
    Waited waited;
    Waited settled;
    scoped.scope.spawn(wait(waker, never_ns, waited, 2));
    scoped.scope.spawn(settle(other, settled));
    scoped.scope.cancel();
    CHECK(waited.times == 2);
    CHECK(waited.last == -ECANCELED);
    CHECK(settled.times == 0);
    CHECK(scoped.scope.running() == 1);
    other.wake();
    CHECK(settled.last == 0);
    CHECK(scoped.scope.running() == 0);
  });
}

TEST_CASE("who is woken may wake others, and end") {
  test::on_each_backend([](BackendKind kind) {
    const auto loop = test::make_loop(kind);
    test::Scoped scoped(*loop);
    Waker first(scoped.scope);
    Waker second(scoped.scope);
    Waited waited;
    const auto relay = [](Waker& from, Waker& to) -> Task<void> {
      (void)co_await from.wait(never_ns);
      to.wake();
    };
    scoped.scope.spawn(relay(first, second));
    scoped.scope.spawn(wait(second, never_ns, waited));
    first.wake();
    CHECK(waited.times == 1);
    CHECK(scoped.scope.running() == 0);
  });
}

}  // namespace zest::io
