// One direction's AEAD, and what differs between versions of it: nonces and additional data.
#pragma once

#include "tls/record.h"
#include "tls/traffic.h"

namespace zest::tls {

class Cipher {
 public:
  enum class Direction : uint8_t { seal, open };

  // Also to go on with other keys. False: out of memory.
  [[nodiscard]] bool start(const Algorithms& algorithms, const Traffic& traffic,
                           Direction direction);
  [[nodiscard]] bool next_generation(const Algorithms& algorithms, Direction direction);

  const Traffic& traffic() const { return traffic_; }
  bool is_tls13() const { return traffic_.version == Version::tls13; }
  size_t explicit_nonce() const { return explicit_nonce_size(traffic_.version, traffic_.suite); }

  // Begin the next record, whose header stands at `header`; `explicit_nonce` is what the record
  // says of it. `plain_size` is what TLS 1.2 authenticates.
  bool begin(std::span<const std::byte> header, std::span<const std::byte> explicit_nonce,
             size_t plain_size);
  bool update(std::span<const std::byte> from, std::byte* into);
  // The record is complete; its tag is written, or compared.
  bool finish_seal(std::span<std::byte> tag);
  bool finish_open(std::span<const std::byte> tag);

 private:
  size_t additional_data(std::span<const std::byte> header, size_t plain_size,
                         std::span<std::byte> into) const;

  Owned<evp_cipher_ctx_st> context_;
  Traffic traffic_;
  std::array<std::byte, nonce_size> iv_{};
};

}  // namespace zest::tls
