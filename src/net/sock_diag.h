// What the kernel knows of a TCP port (NETLINK_SOCK_DIAG; no privilege is needed).
#pragma once

#include <array>
#include <cstdint>

#include "base/result.h"
#include "sys/address.h"

namespace zest::net {

// Handshakes that have begun on the port and not ended (state SYN_RECV): what a listener that stops
// must still wait for, or the clients' ACK would meet a reset.
Result<uint32_t> half_open(const sys::Address& listening);

// A few ports.
class PortSet {
 public:
  void add(uint16_t port);
  bool has(uint16_t port) const;
  bool whole() const { return whole_; }  // false: there were more than it holds

 private:
  std::array<uint16_t, 64> ports_{};
  size_t count_ = 0;
  bool whole_ = true;
};

// The ports of the machine that have such handshakes of AF_INET or AF_INET6: one look for any
// number of listeners, as each costs the kernel a walk through its table of connections.
Result<PortSet> half_open_ports(int family);

// Sockets that listen on exactly this address: those of one SO_REUSEPORT group, whoever has them.
Result<uint32_t> listening_sockets(const sys::Address& address);

}  // namespace zest::net
