// A ring between two threads loses nothing that it took, keeps the order, and says when it is full.
#include "zproxy/ring.h"

#include <doctest/doctest.h>

#include <thread>

#include "support/torture.h"

namespace zest::zproxy {
namespace {

TEST_CASE("a ring is full after as many as it holds") {
  Ring<int> ring(4);
  CHECK(ring.oldest() == nullptr);
  for (int i = 0; i < 4; ++i) {
    int* slot = ring.free_slot();
    REQUIRE(slot);
    *slot = i;
    ring.put();
  }
  CHECK(ring.free_slot() == nullptr);
  CHECK(*ring.oldest() == 0);
  ring.take();
  REQUIRE(ring.free_slot());
  *ring.free_slot() = 4;
  ring.put();
  for (int i = 1; i <= 4; ++i) {
    REQUIRE(ring.oldest());
    CHECK(*ring.oldest() == i);
    ring.take();
  }
  CHECK(ring.oldest() == nullptr);
}

TEST_CASE("what one thread puts another takes, in order") {
  const size_t count = test::load(200'000);
  Ring<size_t> ring(64);
  std::thread putting([&] {
    for (size_t i = 0; i < count;) {
      size_t* slot = ring.free_slot();
      if (!slot) {
        std::this_thread::yield();
        continue;
      }
      *slot = i++;
      ring.put();
    }
  });
  size_t wrong = 0;
  for (size_t i = 0; i < count;) {
    const size_t* slot = ring.oldest();
    if (!slot) {
      std::this_thread::yield();
      continue;
    }
    wrong += *slot != i++;
    ring.take();
  }
  putting.join();
  CHECK(wrong == 0);
}

}  // namespace
}  // namespace zest::zproxy
