// Moments and deadlines.
#include "base/clock.h"

#include <doctest/doctest.h>

#include "base/assert.h"
#include "support/child.h"

namespace zest {
namespace {

TEST_CASE("the system's clock never goes back") {
  const SystemClock clock;
  const int64_t before_ns = clock.now_ns();
  CHECK(before_ns > 0);
  CHECK(clock.now_ns() >= before_ns);
}

TEST_CASE("a deadline is so many milliseconds away, or never") {
  CHECK(deadline_after_ms(5, 0) == 5);
  CHECK(deadline_after_ms(5, 3) == 5 + 3 * ns_per_ms);
  CHECK(deadline_after_ms(5, -1) == never_ns);
}

TEST_CASE("a deadline too far away to be told is never") {
  CHECK(deadline_after_ms(5, INT64_MAX) == never_ns);
  CHECK(deadline_after_ms(never_ns - 1, 1) == never_ns);
}

TEST_CASE("a broken invariant ends the process, in every build") {
  CHECK(test::dies([] { ZEST_ASSERT(1 + 1 == 3); }));
  CHECK_FALSE(test::dies([] { ZEST_ASSERT(1 + 1 == 2); }));
}

}  // namespace
}  // namespace zest
