// A service of tunnels one of whose threads the kernel refuses to go on with.
#include <doctest/doctest.h>

#include <array>
#include <cerrno>
#include <optional>

#include "support/backends.h"
#include "support/sockets.h"
#include "sys/fault.h"
#include "tunnel/far_end.h"
#include "tunnel/service.h"

namespace zest::tunnel {
namespace {

using namespace zest::test;

#ifdef ZEST_FAULTS

struct NextEnter {
  NextEnter() { sys::fault::arm_all("io_uring_enter", -EBADR); }
  ~NextEnter() { sys::fault::arm_all(nullptr, 0); }
};

struct Joined {
  Pair a = tcp_pair();
  Pair b = tcp_pair();
  uint64_t id = 0;

  bool join(Service& service) {
    auto joined = service.join({.sides = {std::move(a.near), std::move(b.near)}});
    if (joined) id = *joined;
    return joined.has_value();
  }
  bool carries() {
    write_all(a.far, "hello");
    return read_exactly(b.far, 5) == "hello";
  }
};

Ending next_ending(Service& service) {
  std::array<Ending, 1> ending;
  size_t count = 0;
  CHECK(service.next(ending, count, 20'000) == Status::ok);
  return ending[0];
}

TEST_SUITE_BEGIN("no-torture");

TEST_CASE("a lost thread's tunnels are cut, and told; others carry what comes then") {
  if (backends().size() < 2) return;
  auto service = Service::start({.threads = 2, .backend = io::BackendKind::uring});
  REQUIRE(service);
  Joined first;
  Joined second;
  REQUIRE(first.join(**service));
  REQUIRE(second.join(**service));
  CHECK(first.carries());
  CHECK(second.carries());
  Joined* left = nullptr;
  {
    const NextEnter failing;
    write_all(first.a.far, "x");  // wakes its thread, but the other may be the next
    const Ending ending = next_ending(**service);
    CHECK(ending.ended.end != End::done);
    left = ending.id == first.id ? &second : &first;
  }
  Joined& cut = left == &first ? second : first;
  const Answer answer = read_all(cut.b.far);
  CHECK(answer.text.size() <= 1);
  CHECK(answer.error == ECONNRESET);  // it does not look whole
  if (left == &first) CHECK(read_exactly(first.b.far, 1) == "x");
  CHECK(left->carries());
  Joined third;
  REQUIRE(third.join(**service));
  CHECK(third.carries());
  CHECK((*service)->snapshot().threads == 1);
  {
    const NextEnter failing;
    write_all(third.a.far, "x");
    next_ending(**service);
    next_ending(**service);
  }
  Joined late;
  CHECK_FALSE(late.join(**service));
  CHECK((*service)->shutdown(20'000).complete);
}

TEST_SUITE_END();

#endif

}  // namespace
}  // namespace zest::tunnel
