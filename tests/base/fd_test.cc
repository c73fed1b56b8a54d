// One owner per file descriptor.
#include "base/fd.h"

#include <doctest/doctest.h>
#include <fcntl.h>

#include <type_traits>

namespace zest {
namespace {

static_assert(!std::is_copy_constructible_v<Fd>);
static_assert(!std::is_constructible_v<bool, Fd>);  // 0 is a valid fd

int open_null() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }
bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

TEST_CASE("an fd is closed with its owner") {
  const int number = open_null();
  {
    const Fd fd(number);
    CHECK(fd.valid());
    CHECK(fd.get() == number);
    CHECK(is_open(number));
  }
  CHECK_FALSE(is_open(number));
}

TEST_CASE("no fd is the default") {
  const Fd none;
  CHECK_FALSE(none.valid());
  CHECK(none.get() == -1);
}

TEST_CASE("a moved fd has one owner") {
  Fd first(open_null());
  const int number = first.get();
  const Fd second(std::move(first));
  CHECK_FALSE(first.valid());
  CHECK(second.get() == number);
  CHECK(is_open(number));
}

TEST_CASE("an fd that is assigned to closes what it had") {
  Fd first(open_null());
  Fd second(open_null());
  const int gone = first.get();
  const int kept = second.get();
  first = std::move(second);
  CHECK(first.get() == kept);
  CHECK_FALSE(is_open(gone));
  Fd& itself = first;
  first = std::move(itself);
  CHECK(is_open(kept));
}

TEST_CASE("a released fd stays open") {
  Fd fd(open_null());
  const int number = fd.release();
  CHECK_FALSE(fd.valid());
  CHECK(is_open(number));
  ::close(number);
}

TEST_CASE("a reset closes once") {
  Fd fd(open_null());
  const int number = fd.get();
  fd.reset();
  CHECK_FALSE(is_open(number));
  const Fd other(open_null());  // the same number
  CHECK(other.get() == number);
  fd.reset();
  CHECK(is_open(number));
}

}  // namespace
}  // namespace zest
