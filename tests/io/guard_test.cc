// In test builds a write through a stale buffer ends the process, also when the kernel writes,
// which no sanitizer sees.
#ifdef ZEST_FAULTS

#include <doctest/doctest.h>

#include <array>
#include <cstring>
#include <string>

#include "support/backends.h"
#include "support/child.h"
#include "support/fake_backend.h"
#include "support/sockets.h"
#include "support/taker.h"

namespace zest::io {
namespace {

using namespace zest::test;

// Not tortured: a fault may keep the mistake from being made, and dying takes long.
TEST_SUITE_BEGIN("no-torture");

constexpr BufferOptions one{.count = 1, .size = 4096};

// Receives a few bytes into the only buffer, and where that is.
std::span<std::byte> receive_once(Loop& loop, Taker& taker, const Pair& pair) {
  taker.keeps_buffers = true;
  loop.recv_pooled(taker.op, pair.near.get());
  write_all(pair.far, "x");
  if (!turn_until(loop, [&] { return taker.kept.size() == 1; })) return {};
  const std::span<std::byte> bytes = taker.kept.front().bytes();
  return {bytes.data(), one.size};
}

TEST_CASE("a write to a buffer that was given back is caught") {
  on_each_backend([](BackendKind kind) {
    CHECK(dies([&] {
      const Pair pair = tcp_pair();
      auto loop = make_loop(kind, one);
      Taker taker(*loop);
      const std::span<std::byte> stale = receive_once(*loop, taker, pair);
      taker.kept.clear();
      const_cast<volatile std::byte*>(stale.data())[100] = std::byte{1};
      write_all(pair.far, "x");
      turn_until(*loop, [&] { return taker.kept.size() == 1; });
    }));
  });
}

TEST_CASE("bytes that the kernel writes to a buffer that was given back are caught") {
  on_each_backend([](BackendKind kind) {
    if (kind != BackendKind::uring) return;  // there the sanitizer sees it
    CHECK(dies([&] {
      const Pair pair = tcp_pair();
      const Pair other = tcp_pair();
      auto loop = make_loop(kind, one);
      Taker taker(*loop);
      Taker wrong(*loop);
      const std::span<std::byte> stale = receive_once(*loop, taker, pair);
      taker.kept.clear();
      loop->recv(wrong.op, other.near.get(), stale.subspan(100, 100));
      write_all(other.far, "stray");
      turn_until(*loop, [&] { return wrong.ended(); });
      write_all(pair.far, "x");
      turn_until(*loop, [&] { return taker.kept.size() == 1; });
    }));
  });
}

TEST_CASE("a buffer that outlives its loop is a broken invariant") {
  CHECK(dies([] {
    Buffer buffer;
    FakeLoop fake(one);
    buffer = fake.loop->buffers()->hand_out(fake.backend->take_buffer(), 1);
    fake.loop.reset();
  }));
}

TEST_CASE("an operation that is freed in flight is a broken invariant") {
  on_each_backend([](BackendKind kind) {
    CHECK(dies([&] {
      const Pair pair = tcp_pair();
      auto loop = make_loop(kind);
      std::array<std::byte, 16> memory{};
      struct Owner {
        void done(Completion) noexcept {}
        Op op{this, Op::method<&Owner::done>};
      };
      Owner owner;
      loop->recv(owner.op, pair.near.get(), memory);
    }));
  });
}

// The same without the mistake: the guard cries at nobody else.
TEST_CASE("buffers that are used as they should are no concern of the guard") {
  on_each_backend([](BackendKind kind) {
    const Pair pair = tcp_pair();
    auto loop = make_loop(kind, one);
    Taker taker(*loop);
    REQUIRE_FALSE(receive_once(*loop, taker, pair).empty());
    for (int i = 0; i < 20; ++i) {
      const std::span<std::byte> bytes = taker.kept.front().bytes();
      memset(bytes.data(), 0, bytes.size());
      taker.kept.clear();
      write_all(pair.far, std::string(size_t(i) * 200 + 1, 'y'));
      REQUIRE(turn_until(*loop, [&] { return taker.kept.size() == 1; }));
    }
    taker.kept.clear();
  });
}

TEST_SUITE_END();

}  // namespace
}  // namespace zest::io

#endif
