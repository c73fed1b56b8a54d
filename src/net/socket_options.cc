#include "net/socket_options.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <span>

#include "sys/socket.h"

namespace zest::net {
namespace {

struct Setting {
  bool wanted;
  int level;
  int name;
  uint32_t value;
  const char* words;
};

Result<void> apply(int fd, std::span<const Setting> settings) {
  for (const Setting& setting : settings) {
    if (!setting.wanted) continue;
    Result<void> set = sys::set_option(fd, setting.level, setting.name,
                                       static_cast<int>(setting.value), setting.words);
    if (!set) return set;
  }
  return {};
}

}  // namespace

Result<void> apply_before_bind(int fd, int family, const SocketOptions& options) {
  const bool v6 = family == AF_INET6;
  const Setting settings[] = {
      {v6 && options.v6only.has_value(), IPPROTO_IPV6, IPV6_V6ONLY, options.v6only.value_or(false),
       "IPV6_V6ONLY"},
      {!v6 && options.transparent, IPPROTO_IP, IP_TRANSPARENT, 1, "IP_TRANSPARENT"},
      {v6 && options.transparent, IPPROTO_IPV6, IPV6_TRANSPARENT, 1, "IPV6_TRANSPARENT"},
      {options.receive_buffer > 0, SOL_SOCKET, SO_RCVBUF, options.receive_buffer, "SO_RCVBUF"},
      {options.send_buffer > 0, SOL_SOCKET, SO_SNDBUF, options.send_buffer, "SO_SNDBUF"},
      {options.busy_poll_us > 0, SOL_SOCKET, SO_BUSY_POLL, options.busy_poll_us, "SO_BUSY_POLL"},
  };
  return apply(fd, settings);
}

Result<void> apply_tcp(int fd, const SocketOptions& options) {
  const bool keep = options.keepalive;
  const Setting settings[] = {
      {options.nodelay, IPPROTO_TCP, TCP_NODELAY, 1, "TCP_NODELAY"},
      {keep, SOL_SOCKET, SO_KEEPALIVE, 1, "SO_KEEPALIVE"},
      {keep && options.keepalive_idle_s > 0, IPPROTO_TCP, TCP_KEEPIDLE, options.keepalive_idle_s,
       "TCP_KEEPIDLE"},
      {keep && options.keepalive_interval_s > 0, IPPROTO_TCP, TCP_KEEPINTVL,
       options.keepalive_interval_s, "TCP_KEEPINTVL"},
      {keep && options.keepalive_count > 0, IPPROTO_TCP, TCP_KEEPCNT, options.keepalive_count,
       "TCP_KEEPCNT"},
      {options.defer_accept_s > 0, IPPROTO_TCP, TCP_DEFER_ACCEPT, options.defer_accept_s,
       "TCP_DEFER_ACCEPT"},
      {options.fast_open_queue > 0, IPPROTO_TCP, TCP_FASTOPEN, options.fast_open_queue,
       "TCP_FASTOPEN"},
  };
  return apply(fd, settings);
}

}  // namespace zest::net
