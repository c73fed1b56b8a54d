// What is looked up by name in OpenSSL, once: each look-up costs more than encrypting a small
// record.
#pragma once

#include <array>
#include <span>

#include "base/result.h"
#include "tls/owned.h"
#include "tls/suite.h"

namespace zest::tls {

class Algorithms {
 public:
  static Result<std::shared_ptr<const Algorithms>> load();

  const evp_cipher_st* cipher(Suite suite) const {
    return ciphers_[static_cast<size_t>(suite)].get();
  }
  // HMAC into `into` (hash_size bytes). False: out of memory.
  [[nodiscard]] bool hmac(Hash hash, std::span<const std::byte> key,
                          std::span<const std::byte> message, std::span<std::byte> into) const;
  // The PRF of TLS 1.2 (RFC 5246, section 5).
  [[nodiscard]] bool prf(Hash hash, std::span<const std::byte> secret,
                         std::span<const std::byte> label_and_seed,
                         std::span<std::byte> into) const;

 private:
  Result<void> fetch();

  std::array<Owned<evp_cipher_st>, suite_count> ciphers_;
  std::array<Owned<evp_mac_ctx_st>, hash_count> hmacs_;  // to be copied, with their digest set
  Owned<evp_kdf_st> prf_;
};

}  // namespace zest::tls
