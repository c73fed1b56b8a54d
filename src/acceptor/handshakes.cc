#include "acceptor/handshakes.h"

#include <sys/socket.h>

namespace zest::acceptor {

bool Handshakes::begun(const sys::Address& listening, int64_t now_ns) {
  // A dual-stack socket has handshakes of both families.
  for (const int family : {AF_INET, AF_INET6}) {
    if (family == AF_INET6 && listening.family() != AF_INET6) continue;
    const Result<net::PortSet>& ports = look(family, now_ns);
    if (!ports) continue;
    if (ports->has(listening.port())) return true;
    if (!ports->whole()) {
      const auto its_own = net::half_open(listening);
      return its_own && *its_own > 0;
    }
  }
  return false;
}

const Result<net::PortSet>& Handshakes::look(int family, int64_t now_ns) {
  Look& look = looks_[family == AF_INET6];
  if (look.at_ns != now_ns) look = {.at_ns = now_ns, .ports = net::half_open_ports(family)};
  return look.ports;
}

}  // namespace zest::acceptor
