// Options of a listening socket and, by inheritance, of the sockets accepted from it.
#pragma once

#include <cstdint>
#include <optional>

#include "base/result.h"

namespace zest::net {

// Empty or 0: the kernel's default.
struct SocketOptions {
  bool nodelay = true;
  bool keepalive = false;
  uint32_t keepalive_idle_s = 0;
  uint32_t keepalive_interval_s = 0;
  uint32_t keepalive_count = 0;
  uint32_t receive_buffer = 0;
  uint32_t send_buffer = 0;
  uint32_t defer_accept_s = 0;
  uint32_t fast_open_queue = 0;
  std::optional<bool> v6only;
  uint32_t busy_poll_us = 0;
  bool transparent = false;
};

// Before bind: what changes which packets and neighbours the socket has, and the buffers, whose
// size must be known before the first window is announced.
Result<void> apply_before_bind(int fd, int family, const SocketOptions& options);

// TCP's own, on a socket of that protocol.
Result<void> apply_tcp(int fd, const SocketOptions& options);

}  // namespace zest::net
