#include "tls/traffic.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstring>
#include <string_view>

namespace zest::tls {
namespace {

// HKDF-Expand-Label with an empty context (RFC 8446, 7.1). Nothing here is longer than one hash, so
// HKDF-Expand is one HMAC of info | 0x01 (RFC 5869, 2.3).
bool expand_label(const Algorithms& algorithms, const Traffic& traffic, std::string_view label,
                  std::span<std::byte> into) {
  std::array<std::byte, 32> info;
  const auto size = static_cast<uint8_t>(into.size());
  const auto label_size = static_cast<uint8_t>(6 + label.size());
  size_t at = 0;
  for (const uint8_t octet : {uint8_t{0}, size, label_size}) info[at++] = std::byte{octet};
  for (const std::string_view text : {std::string_view("tls13 "), label})
    for (const char c : text) info[at++] = static_cast<std::byte>(c);
  info[at++] = std::byte{0};  // no context
  info[at++] = std::byte{1};
  std::array<std::byte, secret_size_max> block;
  const size_t secret_size = hash_size(traffic.hash);
  const bool done = algorithms.hmac(traffic.hash, std::span(traffic.secret).first(secret_size),
                                    std::span(info).first(at), std::span(block).first(secret_size));
  if (done) std::ranges::copy(std::span(block).first(into.size()), into.begin());
  OPENSSL_cleanse(block.data(), block.size());
  return done;
}

}  // namespace

Traffic::~Traffic() { OPENSSL_cleanse(secret.data(), secret.size()); }
Keys::~Keys() { OPENSSL_cleanse(this, sizeof *this); }

bool derive_keys(const Algorithms& algorithms, const Traffic& traffic, Keys& keys) {
  const size_t size = key_size(traffic.suite);
  if (traffic.version == Version::tls13)
    return expand_label(algorithms, traffic, "key", std::span(keys.key).first(size)) &&
           expand_label(algorithms, traffic, "iv", keys.iv);
  const std::span<const std::byte> secret(traffic.secret);
  std::ranges::copy(secret.first(size), keys.key.begin());
  std::ranges::copy(secret.subspan(size, fixed_iv_size(traffic.suite)), keys.iv.begin());
  return true;
}

bool advance(const Algorithms& algorithms, Traffic& traffic) {
  std::array<std::byte, secret_size_max> next;
  const size_t size = hash_size(traffic.hash);
  if (!expand_label(algorithms, traffic, "traffic upd", std::span(next).first(size))) return false;
  std::ranges::copy(std::span(next).first(size), traffic.secret.begin());
  traffic.sequence = 0;
  OPENSSL_cleanse(next.data(), next.size());
  return true;
}

// key_block is client key, server key, client IV, server IV: an AEAD has no MAC keys. Its seed is
// the two randoms the other way round than that of the master secret.
bool split_key_block(const Algorithms& algorithms, std::span<const std::byte> master_secret,
                     std::span<const std::byte, 64> randoms, KeyBlock& block) {
  constexpr std::string_view label = "key expansion";
  std::array<std::byte, label.size() + 64> seed;
  memcpy(seed.data(), label.data(), label.size());
  memcpy(seed.data() + label.size(), randoms.data() + 32, 32);
  memcpy(seed.data() + label.size() + 32, randoms.data(), 32);
  const size_t key = key_size(block.client.suite);
  const size_t iv = fixed_iv_size(block.client.suite);
  std::array<std::byte, 2 * (key_size_max + nonce_size)> bytes;
  const auto used = std::span(bytes).first(2 * (key + iv));
  const bool done = algorithms.prf(block.client.hash, master_secret, seed, used);
  for (size_t side = 0; done && side < 2; ++side) {
    Traffic& traffic = side == 0 ? block.client : block.server;
    std::ranges::copy(used.subspan(side * key, key), traffic.secret.begin());
    std::ranges::copy(used.subspan(2 * key + side * iv, iv),
                      std::span(traffic.secret).subspan(key).begin());
  }
  OPENSSL_cleanse(bytes.data(), bytes.size());
  return done;
}

}  // namespace zest::tls
