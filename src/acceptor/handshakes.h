// Whether handshakes have begun for a listening socket: asked of the kernel once in a turn for all
// the sockets of a shard that end together.
#pragma once

#include <array>

#include "base/clock.h"
#include "net/sock_diag.h"

namespace zest::acceptor {

class Handshakes {
 public:
  // False where the kernel does not tell.
  bool begun(const sys::Address& listening, int64_t now_ns);

 private:
  struct Look {
    int64_t at_ns = never_ns;
    Result<net::PortSet> ports;
  };

  const Result<net::PortSet>& look(int family, int64_t now_ns);

  std::array<Look, 2> looks_;  // AF_INET, AF_INET6
};

}  // namespace zest::acceptor
