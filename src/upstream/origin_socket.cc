#include "upstream/origin_socket.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include "sys/socket.h"

namespace zest::upstream {

Result<Fd> open_origin_socket(const GroupConfig& config, const sys::Address& address,
                              bool fast_open) {
  auto fd = sys::open_socket(address.family(), SOCK_STREAM);
  if (!fd || !address.is_ip()) return fd;
  if (config.tcp_nodelay) {
    auto set = sys::set_option(fd->get(), IPPROTO_TCP, TCP_NODELAY, 1, "TCP_NODELAY");
    if (!set) return fail(set.error());
  }
  // Only makes the first connection faster, so a kernel without it is none the worse.
  if (fast_open && config.tcp_fast_open)
    (void)sys::set_option(fd->get(), IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1, "TCP_FASTOPEN_CONNECT");
  return fd;
}

}  // namespace zest::upstream
