// An fd that is readable from a moment on.
#include "sys/alarm.h"

#include <doctest/doctest.h>
#include <poll.h>

#include "base/clock.h"

namespace zest::sys {
namespace {

bool readable(const Alarm& alarm, int timeout_ms) {
  pollfd waited{.fd = alarm.fd(), .events = POLLIN, .revents = 0};
  return ::poll(&waited, 1, timeout_ms) == 1;
}

TEST_CASE("an alarm rings from its moment on, until it is set anew") {
  const auto alarm = Alarm::open();
  REQUIRE(alarm);
  const SystemClock clock;
  CHECK_FALSE(readable(*alarm, 0));
  const int64_t at_ns = clock.now_ns() + 5 * ns_per_ms;
  alarm->set(at_ns);
  CHECK(readable(*alarm, 20'000));
  CHECK(clock.now_ns() >= at_ns);
  CHECK(readable(*alarm, 0));
  alarm->set(never_ns);
  CHECK_FALSE(readable(*alarm, 0));
}

TEST_CASE("an alarm for a moment past rings at once") {
  const auto alarm = Alarm::open();
  REQUIRE(alarm);
  for (const int64_t at_ns : {int64_t{-1}, int64_t{0}, int64_t{1}, ns_per_s}) {
    alarm->set(at_ns);
    CHECK(readable(*alarm, 20'000));
    alarm->set(never_ns);
  }
}

TEST_CASE("an alarm in the far future is silent") {
  const auto alarm = Alarm::open();
  REQUIRE(alarm);
  alarm->set(never_ns - 1);
  CHECK_FALSE(readable(*alarm, 0));
}

}  // namespace
}  // namespace zest::sys
