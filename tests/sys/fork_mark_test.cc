// Who is the child?
#include "sys/fork_mark.h"

#include <doctest/doctest.h>

#include "support/child.h"

namespace zest::sys {
namespace {

TEST_CASE("a fork mark tells the child from its parent") {
  const auto mark = ForkMark::create();
  REQUIRE(mark);
  CHECK_FALSE(mark->forked());
  CHECK(test::in_child([&] { return mark->forked() ? 7 : 8; }).exit_code == 7);
  CHECK_FALSE(mark->forked());
}

TEST_CASE("a fork mark works in the grandchild too, and a new one is the child's own") {
  const auto mark = ForkMark::create();
  REQUIRE(mark);
  const auto child = test::in_child([&] {
    const auto own = ForkMark::create();
    if (!own || own->forked()) return 1;
    return test::in_child([&] { return mark->forked() && own->forked() ? 7 : 8; }).exit_code;
  });
  CHECK(child.exit_code == 7);
}

TEST_CASE("a fork mark can be moved") {
  auto first = ForkMark::create();
  REQUIRE(first);
  const ForkMark second(std::move(*first));
  CHECK_FALSE(second.forked());
  CHECK(test::in_child([&] { return second.forked() ? 7 : 8; }).exit_code == 7);
}

}  // namespace
}  // namespace zest::sys
