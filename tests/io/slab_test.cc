// Memory for objects of one size.
#include "io/slab.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <set>
#include <vector>

namespace zest::io {
namespace {

constexpr size_t size = 488;
constexpr size_t a_block = 67;  // so many are in one

std::vector<void*> allocate(Slab& slab, size_t count) {
  std::vector<void*> places;
  for (size_t i = 0; i < count; ++i) {
    places.push_back(slab.allocate());
    REQUIRE(places.back());
    std::memset(places.back(), static_cast<int>(i), size);
  }
  return places;
}

void free_all(const std::vector<void*>& places) {
  for (void* place : places) Slab::free(place);
}

TEST_CASE("slab: places are apart, aligned, and keep what is written") {
  Slab slab(size);
  const std::vector<void*> places = allocate(slab, 1000);
  for (size_t i = 0; i < places.size(); ++i) {
    CHECK(reinterpret_cast<uintptr_t>(places[i]) % alignof(void*) == 0);
    const auto* bytes = static_cast<const unsigned char*>(places[i]);
    CHECK(std::all_of(bytes, bytes + size, [i](unsigned char byte) { return byte == i % 256; }));
  }
  free_all(places);
}

TEST_CASE("slab: no more blocks than are needed") {
  Slab slab(size);
  CHECK(slab.blocks() == 0);
  const std::vector<void*> places = allocate(slab, 10 * a_block);
  CHECK(slab.blocks() == 10);
  free_all(places);
  CHECK(slab.blocks() == 1);
}

TEST_CASE("slab: what came back is lent again before anything new") {
  Slab slab(size);
  const std::vector<void*> places = allocate(slab, 3 * a_block);
  std::set<void*> back;
  for (size_t i = 0; i < places.size(); i += 10) {
    Slab::free(places[i]);
    back.insert(places[i]);
  }
  for (size_t left = back.size(); left > 0; --left) CHECK(back.erase(slab.allocate()) == 1);
  CHECK(slab.blocks() == 3);
  free_all(places);
}

TEST_CASE("slab: nothing is freed by freeing nothing") { Slab::free(nullptr); }

}  // namespace
}  // namespace zest::io
