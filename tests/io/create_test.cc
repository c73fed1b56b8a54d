// Which backend a loop gets, what it says about it, and how it goes.
#include <doctest/doctest.h>
#include <sys/syscall.h>

#include <cstdlib>
#include <string>
#include <thread>

#include "support/backends.h"
#include "support/child.h"
#include "support/deny.h"
#include "support/leftovers.h"
#include "support/sockets.h"
#include "support/taker.h"

namespace zest::io {
namespace {

using namespace zest::test;

bool has_uring() { return backends().size() == 2; }

int create_denied(int error) {
  if (!deny_call(SYS_io_uring_setup, error)) return 1;
  const auto loop = Loop::create({}, system_clock());
  if (!loop || !(*loop)->attach()) return 2;
  if ((*loop)->backend_kind() != BackendKind::epoll) return 3;
  const std::string note((*loop)->backend_note().view());
  if (!note.starts_with("io_uring_setup: ")) return 4;
  const char* meaning = error == EPERM ? "Operation not permitted" : "Function not implemented";
  if (note.find(meaning) == std::string::npos) return 5;
  if (note.find("seccomp") == std::string::npos) return 6;
  if (error == EPERM && note.find("kernel.io_uring_disabled") == std::string::npos) return 7;
  if (Loop::create({.backend = BackendKind::uring}, system_clock())) return 8;
  return 0;
}

TEST_CASE("a loop runs on io_uring where it may, and says why where it may not") {
  const auto loop = Loop::create({}, system_clock());
  REQUIRE(loop);
  if (has_uring() && !(*loop)->backend_note().empty()) return;  // a fault was injected
  CHECK((*loop)->backend_kind() == (has_uring() ? BackendKind::uring : BackendKind::epoll));
  CHECK((*loop)->backend_note().empty() == has_uring());
}

TEST_CASE("where io_uring is denied a loop runs on epoll and names the errno and its cause") {
  if (!has_uring()) return;  // denied already
  CHECK(in_child([] { return create_denied(EPERM); }).exit_code == 0);
  CHECK(in_child([] { return create_denied(ENOSYS); }).exit_code == 0);
}

TEST_CASE("the backend that was asked for is the one that comes, or an error") {
  for (const BackendKind kind : {BackendKind::uring, BackendKind::epoll}) {
    const auto loop = Loop::create({.backend = kind}, system_clock());
    if (loop) {
      CHECK((*loop)->backend_kind() == kind);
    } else {
      CHECK_FALSE(loop.error().message.empty());
    }
    CHECK(loop.has_value() == (kind == BackendKind::epoll || has_uring()));
  }
}

TEST_CASE("a kernel thread may submit") {
  if (!has_uring()) return;
  auto loop = Loop::create({.backend = BackendKind::uring, .sqpoll = true}, system_clock());
  REQUIRE(loop);
  REQUIRE((*loop)->attach());
  const Listening listener = listening();
  Taker taker(**loop);
  (*loop)->accept(taker.op, listener.fd.get());
  const Fd client = connected_to(listener.address);
  CHECK(turn_until(**loop, [&] { return taker.fds.size() == 1; }));
}

// A ring's fd is registered with its thread under a small number; whoever destroys the loop has
// such a number too, for another ring.
TEST_CASE("a loop destroyed by another thread than its own leaves that thread's loop alone") {
  on_each_backend([](BackendKind kind) {
    auto mine = make_loop(kind);
    auto created = Loop::create({.backend = kind}, system_clock());
    REQUIRE(created);
    bool attached = false;
    std::thread([&] {
      attached = (*created)->attach().has_value();
      if (attached) (*created)->turn(0);
      (*created)->leave();
    }).join();
    CHECK(attached);
    created->reset();
    const Listening listener = listening();
    Taker taker(*mine);
    mine->accept(taker.op, listener.fd.get());
    const Fd client = connected_to(listener.address);
    CHECK(turn_until(*mine, [&] { return taker.fds.size() == 1; }));
  });
}

TEST_CASE("a hundred loops come and go without a trace") {
  on_each_backend([](BackendKind kind) {
    const size_t before = open_fds();
    for (int i = 0; i < 100; ++i) {
      auto loop = make_loop(kind, {.count = 16, .size = 4096});
      turn_briefly(*loop);
    }
    CHECK(settles(open_fds, before));
  });
}

}  // namespace
}  // namespace zest::io
