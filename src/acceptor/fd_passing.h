// Connections between processes: SCM_RIGHTS with what is known of each.
//
// One message is a header, `count` records, and as many fds. It works on stream, datagram and
// seqpacket Unix sockets. The far end is not trusted: a message that is not exactly this is
// refused, and what fds came with it are closed.
#pragma once

#include <cstdint>
#include <span>

#include "base/result.h"

namespace zest::acceptor {

constexpr size_t passed_max = 128;  // the kernel's limit is 253 fds a message

struct PassedAddress {
  uint16_t family = 0;
  uint16_t port = 0;
  uint32_t scope_id = 0;
  uint8_t ip[16] = {};
  uint32_t path_size = 0;
  char path[108] = {};
};

struct PassedRecord {
  uint64_t listener_id = 0;
  int64_t accepted_at_ns = 0;
  uint32_t protocol = 0;
  uint32_t shard = 0;
  PassedAddress local;
  PassedAddress remote;
};

static_assert(sizeof(PassedRecord) == 296, "goes over a wire: no padding");

// Sends one message with up to passed_max connections; the fds stay the caller's. closed: the peer
// has gone, or has stopped reading in the middle of a message, which leaves the stream broken.
Result<void> send_connections(int socket, std::span<const PassedRecord> records,
                              std::span<const int> fds, int64_t deadline_ns);

// Receives one message; both spans have room for passed_max. Returns how many; the fds are the
// caller's. Where there are too few fds for it, it is left in the socket.
Result<size_t> receive_connections(int socket, std::span<PassedRecord> records, std::span<int> fds,
                                   int64_t deadline_ns);

}  // namespace zest::acceptor
