// Tasks: lazy, nested, and with a value.
#include "io/task.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>

#include "support/scoped.h"

namespace zest::io {
namespace {

using namespace zest::test;

Task<int> number(int value) { co_return value; }

Task<int> sum(int terms) {
  int total = 0;
  for (int i = 1; i <= terms; ++i) total += co_await number(i);
  co_return total;
}

Task<std::unique_ptr<std::string>> owned(const char* text) {
  co_return std::make_unique<std::string>(text);
}

Task<int> depth(int levels) {
  if (levels == 0) co_return 0;
  co_return 1 + co_await depth(levels - 1);
}

template <typename T>
Task<void> store(Task<T> task, T& into) {
  into = co_await task;
}

// A task that never waits for the loop is over when spawn() returns.
template <typename T>
T value_of(Task<T> task) {
  auto loop = make_loop(backends().back());
  Scope scope(*loop);
  T value{};
  scope.spawn(store(std::move(task), value));
  CHECK(scope.running() == 0);
  return value;
}

TEST_CASE("a task gives its value to whoever awaits it") {
  CHECK(value_of(number(7)) == 7);
  CHECK(value_of(sum(10)) == 55);
  CHECK(*value_of(owned("moved, not copied")) == "moved, not copied");
}

TEST_CASE("awaiting again and again, or deep down, does not grow the stack") {
  CHECK(value_of(sum(60'000)) == 1'800'030'000);
  CHECK(value_of(depth(1'000)) == 1'000);
}

TEST_CASE("a task that nobody awaits does nothing and frees itself") {
  bool ran = false;
  struct Body {
    static Task<void> run(bool& flag) {
      flag = true;
      co_return;
    }
  };
  {
    const Task<void> idle = Body::run(ran);
  }
  CHECK_FALSE(ran);
}

TEST_CASE("a task can be moved before it is awaited") {
  Task<int> first = number(3);
  CHECK(value_of(std::move(first)) == 3);
}

struct Flag {
  explicit Flag(int& where) : count(where) { ++count; }
  ~Flag() { --count; }
  int& count;
};

Task<void> waits(Scope& scope, int& alive, int levels) {
  const Flag flag(alive);
  if (levels > 0) co_return co_await waits(scope, alive, levels - 1);
  co_await scope.sleep_until(never_ns - 1);
}

TEST_CASE("a cancelled task unwinds through all its callers") {
  on_each_backend([](BackendKind kind) {
    int alive = 0;
    auto loop = make_loop(kind);
    Scoped scoped(*loop);
    for (int i = 0; i < 3; ++i) scoped.scope.spawn(waits(scoped.scope, alive, 4));
    CHECK(alive == 15);
    CHECK(scoped.scope.running() == 3);
    scoped.scope.cancel();
    CHECK(scoped.finishes());
    CHECK(alive == 0);
  });
}

}  // namespace
}  // namespace zest::io
