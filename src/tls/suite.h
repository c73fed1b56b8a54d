// The protocol versions and the ways of protecting records that are served. Every one of them is an
// AEAD with a tag of 16 bytes: what the kernel takes too.
#pragma once

#include <cstddef>
#include <cstdint>

namespace zest::tls {

enum class Version : uint8_t { tls12, tls13 };
enum class Suite : uint8_t { aes_128_gcm, aes_256_gcm, chacha20_poly1305 };
enum class Hash : uint8_t { sha256, sha384 };

constexpr size_t suite_count = 3;
constexpr size_t hash_count = 2;
constexpr size_t tag_size = 16;
constexpr size_t nonce_size = 12;
constexpr size_t key_size_max = 32;
constexpr size_t secret_size_max = 48;

constexpr size_t key_size(Suite suite) { return suite == Suite::aes_128_gcm ? 16 : 32; }
constexpr size_t hash_size(Hash hash) { return hash == Hash::sha256 ? 32 : 48; }
// Of TLS 1.2: how much of the nonce comes from the key block, and how much stands in each record.
constexpr size_t fixed_iv_size(Suite suite) { return suite == Suite::chacha20_poly1305 ? 12 : 4; }
constexpr size_t explicit_nonce_size(Version version, Suite suite) {
  return version == Version::tls12 && suite != Suite::chacha20_poly1305 ? 8 : 0;
}

}  // namespace zest::tls
