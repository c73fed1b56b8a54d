// An Address in 24 bytes, for those of whom there are many: without a Unix socket's name.
#pragma once

#include <cstdint>

#include "sys/address.h"

namespace zest::sys {

class PackedAddress {
 public:
  PackedAddress() = default;
  explicit PackedAddress(const Address& address);

  int family() const { return family_; }
  Address unpack() const;

 private:
  uint8_t ip_[16] = {};
  uint32_t scope_ = 0;
  uint16_t port_ = 0;  // network byte order
  uint16_t family_ = 0;
};

// "127.0.0.1" or "::1"; nothing for a Unix socket.
Text<48> ip_text(const Address& address);

}  // namespace zest::sys
