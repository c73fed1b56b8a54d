#include "io/frames.h"

#include <doctest/doctest.h>

#include <array>
#include <cstring>

#include "support/scoped.h"

namespace zest::io {
namespace {

// Its coroutines take their frames from a pool of its own.
struct Owner {
  FramePool& frames() { return pool; }
  FramePool pool;
};

Task<int> from_pool(Owner&, int value) { co_return value; }
Task<int> from_heap(int value) { co_return value; }

Task<void> both(Owner& owner, int& sum) {
  sum += co_await from_pool(owner, 1);
  sum += co_await from_heap(2);
}

}  // namespace

TEST_CASE("what comes back is handed out again, to whoever needs about as much") {
  FramePool pool;
  void* small = pool.allocate(100);
  void* large = pool.allocate(1000);
  memset(small, 1, 100);
  memset(large, 2, 1000);
  CHECK(pool.allocations() == 2);
  FramePool::release(small);
  FramePool::release(large);
  void* again = pool.allocate(128);
  CHECK(again == small);
  CHECK(pool.allocate(950) == large);
  CHECK(pool.allocations() == 2);
  void* other = pool.allocate(129);
  CHECK(other != small);
  CHECK(pool.allocations() == 3);
  for (void* frame : {again, large, other}) FramePool::release(frame);
}

TEST_CASE("frames are aligned for anything, and large ones are the heap's") {
  FramePool pool;
  for (const size_t size : {1ul, 127ul, 128ul, 4096ul, 4097ul, 100'000ul}) {
    CAPTURE(size);
    void* frame = pool.allocate(size);
    CHECK(reinterpret_cast<uintptr_t>(frame) % alignof(std::max_align_t) == 0);
    memset(frame, 0xff, size);
    FramePool::release(frame);
  }
  const size_t before = pool.allocations();
  FramePool::release(pool.allocate(100'000));
  CHECK(pool.allocations() == before + 1);  // not kept
  void* plain = FramePool::allocate_plain(64);
  FramePool::release(plain);
}

TEST_CASE("frames of a stack stand beside each other, and end in any order") {
  alignas(std::max_align_t) std::array<std::byte, 1024> memory;
  FramePool pool;
  FrameStack stack(pool, memory);
  for (int round = 0; round < 3; ++round) {
    std::array<void*, 4> frames{};
    for (void*& frame : frames) {
      frame = stack.allocate(100);
      CHECK(reinterpret_cast<uintptr_t>(frame) % alignof(std::max_align_t) == 0);
      memset(frame, 0xff, 100);
    }
    CHECK(stack.used() == 4 * 128);
    FramePool::release(frames[1]);
    FramePool::release(frames[2]);
    CHECK(stack.used() == 4 * 128);  // one above is there yet
    FramePool::release(frames[3]);
    CHECK(stack.used() == 128);
    FramePool::release(frames[0]);
    CHECK(stack.used() == 0);
  }
  CHECK(pool.allocations() == 0);
}

TEST_CASE("what a stack has no room for is the pool's") {
  alignas(std::max_align_t) std::array<std::byte, 1024> memory;
  FramePool pool;
  FrameStack stack(pool, memory);
  void* large = stack.allocate(1024);
  CHECK(pool.allocations() == 1);
  void* all = stack.allocate(1008);
  CHECK(stack.used() == 1024);
  void* beyond = stack.allocate(1);
  CHECK(pool.allocations() == 2);
  for (void* frame : {large, all, beyond}) FramePool::release(frame);
  CHECK(stack.used() == 0);
  std::array<void*, 20> many{};
  for (void*& frame : many) frame = stack.allocate(16);  // 32 each: more than it keeps count of
  CHECK(stack.used() == 16 * 32);
  CHECK(pool.allocations() == 5);
  for (void* frame : many) FramePool::release(frame);
  CHECK(stack.used() == 0);
}

TEST_CASE("a warm task allocates nothing") {
  test::on_each_backend([](BackendKind kind) {
    const auto loop = test::make_loop(kind);
    Owner owner;
    test::Scoped scoped(*loop);
    int sum = 0;
    scoped.scope.spawn(both(owner, sum));
    const size_t before = owner.pool.allocations();
    for (int i = 0; i < 10; ++i) scoped.scope.spawn(both(owner, sum));
    CHECK(sum == 33);
    CHECK(owner.pool.allocations() == before);
  });
}

}  // namespace zest::io
