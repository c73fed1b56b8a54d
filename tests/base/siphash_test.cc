// SipHash-2-4 against the vectors that its authors publish.
#include "base/siphash.h"

#include <doctest/doctest.h>

#include <string>

namespace zest {
namespace {

constexpr SipKey key = {0x0706050403020100, 0x0f0e0d0c0b0a0908};

std::string counting(size_t size) {
  std::string bytes;
  for (size_t i = 0; i < size; ++i) bytes += static_cast<char>(i);
  return bytes;
}

TEST_CASE("siphash: the published vectors") {
  CHECK(siphash(key, counting(0)) == 0x726fdb47dd0e0e31);
  CHECK(siphash(key, counting(1)) == 0x74f839c593dc67fd);
  CHECK(siphash(key, counting(7)) == 0xab0200f58b01d137);
  CHECK(siphash(key, counting(8)) == 0x93f5f5799a932462);
  CHECK(siphash(key, counting(15)) == 0xa129ca6149be45e5);
}

TEST_CASE("siphash: another key, another hash") {
  CHECK(siphash({1, 2}, "a") != siphash({1, 3}, "a"));
  CHECK(siphash({1, 2}, "a") != siphash({2, 2}, "a"));
}

}  // namespace
}  // namespace zest
