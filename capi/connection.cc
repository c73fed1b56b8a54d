#include "capi/connection.h"

#include "capi/address.h"
#include "sys/socket.h"

namespace zest::capi {
namespace {

uint32_t protocol_of(net::Protocol protocol) {
  switch (protocol) {
    case net::Protocol::tcp: return ZEST_TCP;
    case net::Protocol::udp: return ZEST_UDP;
    case net::Protocol::local: return ZEST_UNIX;
  }
  return ZEST_TCP;
}

// The peer may have gone already; then its address is not known, and the host's first read will
// tell it why.
void write_peer(int fd, zest_address& into) {
  const auto peer = sys::peer_address(fd);
  if (peer) {
    write_address(*peer, into);
  } else {
    into = {};
  }
}

// Asked of the kernel only where the listener's own address does not tell.
void write_local(int fd, const acceptor::SocketInfo& socket, zest_address& into) {
  if (socket.protocol == net::Protocol::tcp && socket.address.is_wildcard()) {
    const auto local = sys::local_address(fd);
    if (local) return write_address(*local, into);
  }
  write_address(socket.address, into);
}

}  // namespace

void write_connection(const acceptor::Accepted& from, const acceptor::SocketInfo& socket,
                      zest_connection& into) {
  into.fd = from.fd;
  into.listener_id = socket.listener_id;
  into.protocol = protocol_of(socket.protocol);
  into.shard = socket.shard;
  into.accepted_at_ns = from.is_news() ? 0 : from.at_ns;
  into.os_errno = from.is_news() ? static_cast<int32_t>(from.at_ns) : 0;
  into.reserved = 0;
  if (from.is_news()) {
    write_address(socket.address, into.local);
    into.remote = {};
    return;
  }
  write_local(from.fd, socket, into.local);
  if (socket.protocol == net::Protocol::udp) {
    into.remote = {};
  } else {
    write_peer(from.fd, into.remote);
  }
}

}  // namespace zest::capi
