// What comes to a task after it has given up waiting, from a fake backend.
#include <doctest/doctest.h>

#include "io/scope.h"
#include "support/fake_backend.h"
#include "support/shifted_clock.h"

namespace zest::io {
namespace {

using namespace zest::test;

// Not tortured, for the same reason as strange_test.cc.
TEST_SUITE_BEGIN("no-torture");

struct Answer {
  int32_t result = 12345;
};

Task<void> accept(Scope& scope, int fd, int64_t deadline_ns, Answer& answer) {
  answer.result = co_await scope.accept(fd, deadline_ns);
}

// A connection that arrives while its accept is being cancelled belongs to the task.
TEST_CASE("an fd that comes after the cancel is the answer, and not lost") {
  for (const bool timed_out : {false, true}) {
    ShiftedClock clock;
    FakeLoop fake({}, clock);
    Scope scope(*fake.loop);
    Answer answer;
    scope.spawn(accept(scope, 3, timed_out ? clock.now_ns() + ns_per_ms : never_ns, answer));
    CHECK(fake.backend->started.size() == 1);
    if (!timed_out) scope.cancel();
    clock.pass(ns_per_s);
    fake.loop->turn(0);
    CHECK(fake.backend->cancelled.size() == 1);
    fake.backend->answer({{.op = fake.backend->started[0], .result = 77}});
    fake.loop->turn(0);
    CHECK(answer.result == 77);
    CHECK(scope.running() == 0);
  }
}

TEST_CASE("a timeout that comes with a cancel is told as one of the two") {
  ShiftedClock clock;
  FakeLoop fake({}, clock);
  Scope scope(*fake.loop);
  Answer answer;
  scope.spawn(accept(scope, 3, clock.now_ns(), answer));
  clock.pass(ns_per_s);
  fake.loop->turn(0);
  scope.cancel();
  CHECK(fake.backend->cancelled.size() == 1);
  fake.backend->answer({{.op = fake.backend->started[0], .result = -ECANCELED}});
  fake.loop->turn(0);
  CHECK(answer.result == -ETIMEDOUT);
}

TEST_CASE("an error of the operation is the answer as it is") {
  FakeLoop fake;
  Scope scope(*fake.loop);
  Answer answer;
  scope.spawn(accept(scope, 3, never_ns, answer));
  fake.backend->answer({{.op = fake.backend->started[0], .result = -EMFILE}});
  fake.loop->turn(0);
  CHECK(answer.result == -EMFILE);
}

TEST_SUITE_END();

}  // namespace
}  // namespace zest::io
