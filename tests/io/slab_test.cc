// Memory for objects of one size.
#include "io/slab.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <set>
#include <utility>
#include <vector>

namespace zest::io {
namespace {

constexpr size_t size = 488;
constexpr size_t a_block = 67;  // so many are in one

// A slab, and all that it has lent.
struct Lent {
  explicit Lent(size_t count) {
    for (size_t i = 0; i < count; ++i) places.push_back(slab.allocate());
  }
  ~Lent() { free_all(); }
  bool whole() const { return std::ranges::count(places, nullptr) == 0; }
  void free_all() {
    for (void* place : std::exchange(places, {})) Slab::free(place);
  }

  Slab slab{size};
  std::vector<void*> places;
};

}  // namespace

TEST_CASE("slab: places are apart, aligned, and keep what is written") {
  const Lent lent(1000);
  REQUIRE(lent.whole());
  for (size_t i = 0; i < lent.places.size(); ++i) {
    CHECK(std::bit_cast<uintptr_t>(lent.places[i]) % alignof(void*) == 0);
    std::memset(lent.places[i], static_cast<int>(i), size);
  }
  for (size_t i = 0; i < lent.places.size(); ++i) {
    const auto* bytes = static_cast<const unsigned char*>(lent.places[i]);
    CHECK(std::all_of(bytes, bytes + size, [i](unsigned char byte) { return byte == i % 256; }));
  }
}

TEST_CASE("slab: no more blocks than are needed") {
  CHECK(Lent(0).slab.blocks() == 0);
  Lent lent(10 * a_block);
  REQUIRE(lent.whole());
  CHECK(lent.slab.blocks() == 10);
  lent.free_all();
  CHECK(lent.slab.blocks() == 1);
}

TEST_CASE("slab: what came back is lent again before anything new") {
  Lent lent(3 * a_block);
  REQUIRE(lent.whole());
  std::set<void*> back;
  for (size_t i = 0; i < lent.places.size(); i += 10) {
    Slab::free(lent.places[i]);
    back.insert(lent.places[i]);
  }
  for (size_t left = back.size(); left > 0; --left) CHECK(back.erase(lent.slab.allocate()) == 1);
  CHECK(lent.slab.blocks() == 3);
}

TEST_CASE("slab: nothing is freed by freeing nothing") { Slab::free(nullptr); }

}  // namespace zest::io
