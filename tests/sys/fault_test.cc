// The fault injector: the armed call fails, and only that one.
#include "sys/fault.h"

#ifdef ZEST_FAULTS

#include <doctest/doctest.h>

#include <cerrno>
#include <string>

#include "sys/socket.h"

namespace zest::sys {
namespace {

struct Disarmed {
  ~Disarmed() {
    fault::arm(0);
    fault::arm_all(nullptr, 0);
  }
};

// The injector is what the torture run itself uses.
TEST_SUITE_BEGIN("no-torture");

TEST_CASE("the n-th call fails, and the others don't") {
  const Disarmed at_end;
  fault::arm(2);
  CHECK(fault::at("first", EIO) == 0);
  CHECK(fault::fired() == nullptr);
  CHECK(fault::at("second", EMFILE) == EMFILE);
  CHECK(std::string(fault::fired()) == "second");
  CHECK(fault::at("third", EIO) == 0);
  CHECK(fault::count() == 3);
}

TEST_CASE("the variant picks one of the candidates") {
  const Disarmed at_end;
  const int picked[] = {EPERM, ENOMEM, EPERM};
  for (uint32_t variant = 0; variant < 3; ++variant) {
    fault::arm(1, variant);
    CHECK(fault::at("call", {EPERM, ENOMEM}) == picked[variant]);
  }
}

TEST_CASE("every call of a name fails until that ends") {
  const Disarmed at_end;
  fault::arm_all("bind", EACCES);
  CHECK(fault::at("bind", EADDRINUSE) == EACCES);
  CHECK(fault::at("listen", EADDRINUSE) == 0);
  CHECK(fault::at("bind", EADDRINUSE) == EACCES);
  fault::arm_all(nullptr, 0);
  CHECK(fault::at("bind", EADDRINUSE) == 0);
}

TEST_CASE("whoever asks is told of the fault at once") {
  static std::string told;
  static size_t choices;
  const Disarmed at_end;
  fault::on_fire([](const char* call, size_t candidates) noexcept {
    told = call;
    choices = candidates;
  });
  fault::arm(1);
  (void)fault::at("call", {EPERM, ENOMEM, EIO});
  fault::on_fire(nullptr);
  CHECK(told == "call");
  CHECK(choices == 3);
}

TEST_CASE("a failed call says so like a real one, and was not made") {
  const Disarmed at_end;
  fault::arm(1);
  const auto fd = open_socket(AF_INET, SOCK_STREAM);
  REQUIRE_FALSE(fd);
  CHECK(fd.error().status == Status::out_of_fds);
  CHECK(fd.error().message.view() == "socket: Too many open files");
}

#if !__has_feature(thread_sanitizer)  // see support/torture.cc

TEST_CASE("allocations count only inside the engine") {
  const Disarmed at_end;
  fault::arm(0);
  const std::string outside(1000, 'x');
  CHECK(fault::count() == 0);
  const fault::Inside inside;
  const std::string within(1000, 'x');
  CHECK(fault::count() == 1);
}

#endif

TEST_SUITE_END();

}  // namespace
}  // namespace zest::sys

#endif
