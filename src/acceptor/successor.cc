#include "acceptor/successor.h"

#include "net/sock_diag.h"
#include "sys/system.h"

namespace zest::acceptor {
namespace {

// A program that chooses nothing leaves new connections to the kernel's hash; what counts is that
// its attach type asks for migration.
bool turn_migration_on(int listening_fd) {
  const auto program = bpf::Steering::create(0);
  return program && (*program)->attach(listening_fd).has_value();
}

bool migrates(const ListeningSocket& socket) {
  if (socket.steering) return true;
  const auto switched_on = sys::read_number("/proc/sys/net/ipv4/tcp_migrate_req");
  return (switched_on && *switched_on == 1) || turn_migration_on(socket.fd.get());
}

}  // namespace

bool hands_on_at_close(const ListeningSocket& socket) {
  if (socket.protocol != net::Protocol::tcp || socket.adopted || socket.group_size == 0)
    return false;
  const auto listening = net::listening_sockets(socket.address);
  return listening && *listening > socket.group_size && migrates(socket);
}

}  // namespace zest::acceptor
