// What protects the records of one direction: from the end of the handshake on, all that is needed
// to go on in user space, or to let the kernel do it.
#pragma once

#include <array>
#include <span>

#include "tls/algorithms.h"

namespace zest::tls {

// Of TLS 1.3: the traffic secret (RFC 8446, section 7). Of TLS 1.2, which has no such thing: the
// key, and behind it the fixed part of the nonce (RFC 5246, section 6.3).
struct Traffic {
  Version version = Version::tls13;
  Suite suite = Suite::aes_128_gcm;
  Hash hash = Hash::sha256;
  std::array<std::byte, secret_size_max> secret{};
  uint64_t sequence = 0;  // of the next record

  ~Traffic();
  Traffic() = default;
  Traffic(const Traffic&) = default;
  Traffic& operator=(const Traffic&) = default;
};

struct Keys {
  std::array<std::byte, key_size_max> key{};
  std::array<std::byte, nonce_size> iv{};  // of TLS 1.2 with AES-GCM: the first 4 bytes

  ~Keys();
};

// Each false when out of memory.
[[nodiscard]] bool derive_keys(const Algorithms& algorithms, const Traffic& traffic, Keys& keys);
// The next generation of keys, as a KeyUpdate asks for (RFC 8446, section 7.2).
[[nodiscard]] bool advance(const Algorithms& algorithms, Traffic& traffic);

// Both directions of TLS 1.2, from its master secret and client_random + server_random.
struct KeyBlock {
  Traffic client;
  Traffic server;
};
[[nodiscard]] bool split_key_block(const Algorithms& algorithms,
                                   std::span<const std::byte> master_secret,
                                   std::span<const std::byte, 64> randoms, KeyBlock& block);

}  // namespace zest::tls
