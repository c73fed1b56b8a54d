// SipHash-2-4: a hash for tables whose keys strangers choose. Without the key nobody can make two
// of them meet. Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace zest {

using SipKey = std::array<uint64_t, 2>;

uint64_t siphash(const SipKey& key, std::string_view bytes);

// For std::unordered_map.
struct KeyedHash {
  using is_transparent = void;  // with std::equal_to<>, no string is made to look one up
  SipKey key;
  size_t operator()(std::string_view bytes) const { return siphash(key, bytes); }
};

}  // namespace zest
