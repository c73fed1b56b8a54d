// A kernel that refuses to go on: completions were lost for want of memory, or a filter denies it.
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cerrno>
#include <string>

#include "support/backends.h"
#include "support/child.h"
#include "support/deny.h"
#include "support/sockets.h"
#include "support/taker.h"
#include "sys/fault.h"

namespace zest::io {
namespace {

using namespace zest::test;

TEST_SUITE_BEGIN("no-torture");

bool has_uring() { return backends().size() == 2; }

int create_without(long call, int error, const char* name) {
  if (!deny_call(call, error)) return 1;
  const auto loop = Loop::create({}, system_clock());
  if (!loop || !(*loop)->attach()) return 2;
  if ((*loop)->backend_kind() != BackendKind::epoll) return 3;
  const std::string note((*loop)->backend_note().view());
  if (!note.starts_with(std::string(name) + ": ")) return 4;
  if (note.find("seccomp") == std::string::npos) return 5;
  if (Loop::create({.backend = BackendKind::uring}, system_clock())) return 6;
  return 0;
}

TEST_CASE("where a filter allows the setup of io_uring alone a loop runs on epoll and says why") {
  if (!has_uring()) return;
  for (const int error : {EPERM, ENOSYS}) {
    CAPTURE(error);
    CHECK(in_child([&] {
            return create_without(SYS_io_uring_enter, error, "io_uring_enter");
          }).exit_code == 0);
    CHECK(in_child([&] {
            return create_without(SYS_io_uring_register, error, "io_uring_register");
          }).exit_code == 0);
  }
}

#ifdef ZEST_FAULTS

struct EveryEnter {
  explicit EveryEnter(int error) { sys::fault::arm_all("io_uring_enter", error); }
  ~EveryEnter() { sys::fault::arm_all(nullptr, 0); }
};

TEST_CASE(
    "a refused turn is no more than an error to an owner who looks, and posted work goes on") {
  if (!has_uring()) return;
  for (const int error : {EBADR, EPERM, EBADF, ENXIO}) {
    CAPTURE(error);
    auto loop = Loop::create({.backend = BackendKind::uring, .may_fail = true}, system_clock());
    REQUIRE(loop);
    REQUIRE((*loop)->attach());
    const Listening listener = listening();
    Taker taker(**loop);
    (*loop)->accept(taker.op, listener.fd.get());
    turn_briefly(**loop);
    CHECK((*loop)->failed() == 0);
    {
      const EveryEnter failing(error);
      (*loop)->turn(0);
    }
    CHECK((*loop)->failed() == error);
    int ran = 0;
    Work work{.owner = &ran, .run = [](void* owner) noexcept { ++*static_cast<int*>(owner); }};
    (*loop)->post(work);
    CHECK(turn_until(**loop, [&] { return ran == 1; }));
    const Fd client = connected_to(listener.address);
    (*loop)->turn(system_clock().now_ns() + 5 * ns_per_ms);
    CHECK(taker.fds.empty());
    // As the acceptor does before it gives up: else Linux 6.1 accepts while it takes the ring down.
    ::shutdown(listener.fd.get(), SHUT_RDWR);
    (*loop)->abandon(taker.op);
  }
}

TEST_CASE("with a refused ring what is cancelled or started ends as cancelled, and timers run") {
  if (!has_uring()) return;
  auto loop = Loop::create({.backend = BackendKind::uring, .may_fail = true}, system_clock());
  REQUIRE(loop);
  REQUIRE((*loop)->attach());
  const Listening listener = listening();
  Taker before(**loop);
  Taker cancelled(**loop);
  Taker after(**loop);
  (*loop)->accept(before.op, listener.fd.get());
  (*loop)->accept(cancelled.op, listener.fd.get());
  turn_briefly(**loop);
  (*loop)->cancel(cancelled.op);  // and the ring never hears of it
  {
    const EveryEnter failing(EBADR);
    (*loop)->turn(0);
  }
  (*loop)->accept(after.op, listener.fd.get());
  CHECK(turn_until(**loop, [&] { return !cancelled.op.in_flight() && !after.op.in_flight(); }));
  CHECK(before.op.in_flight());
  (*loop)->cancel(before.op);
  CHECK(turn_until(**loop, [&] { return !before.op.in_flight(); }));
  (*loop)->close(Fd(::dup(listener.fd.get())));  // shut down, or clients would wait for the ring
  CHECK(::accept(listener.fd.get(), nullptr, nullptr) == -1);
  CHECK(errno == EINVAL);
}

TEST_CASE("a shortage is none: the next turn goes on") {
  if (!has_uring()) return;
  for (const int error : {EAGAIN, EBUSY, ENOMEM, EINTR}) {
    auto loop = make_loop(BackendKind::uring);
    const Listening listener = listening();
    Taker taker(*loop);
    loop->accept(taker.op, listener.fd.get());
    const Fd client = connected_to(listener.address);
    {
      const EveryEnter failing(error);
      loop->turn(0);
    }
    CHECK(loop->failed() == 0);
    CHECK(turn_until(*loop, [&] { return taker.fds.size() == 1; }));
  }
}

TEST_CASE("with an owner who does not look the process ends, and is no crash") {
  if (!has_uring()) return;
  const ChildEnd end = in_child([] {
    auto loop = make_loop(BackendKind::uring);
    const EveryEnter failing(EBADR);
    loop->turn(0);
    return 0;
  });
  CHECK(end.signal == 0);
  CHECK(end.exit_code == 1);
}

#endif

TEST_SUITE_END();

}  // namespace
}  // namespace zest::io
