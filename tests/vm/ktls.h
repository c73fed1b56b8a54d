// The kernel's TLS, asked for by hand: keys of no secrecy on a pair of loopback sockets.
#pragma once

#include <linux/tls.h>

#include <string>
#include <string_view>

#include "support/sockets.h"

namespace zest::test {

bool kernel_has_tls();

// The socket hands its records to the kernel from now on.
bool attach_tls(const Fd& fd);

// One direction (TLS_TX or TLS_RX), from record 0 on: the key is 00 01 02 ..., the IV a0 a1 a2 ...
bool set_aes_128(const Fd& fd, int direction, uint16_t version = TLS_1_3_VERSION);
bool set_aes_256(const Fd& fd, int direction, uint16_t version = TLS_1_3_VERSION);
bool set_chacha20(const Fd& fd, int direction, uint16_t version = TLS_1_3_VERSION);

// Both ends, both directions.
Pair tls_pair();

// A record of another type than data, and what a receive that asks for the type gets.
struct Record {
  int type = 0;
  std::string bytes;
};
bool send_record(const Fd& fd, const Record& record);
Record receive_record(const Fd& fd);

// From hexadecimal digits.
std::string unhex(std::string_view digits);

}  // namespace zest::test
