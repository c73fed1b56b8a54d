#include "sys/tcp.h"

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>

#include "sys/fault.h"

namespace zest::sys {
namespace {

constexpr uint8_t state_closed = 7;  // TCP_CLOSE, of a header that this one excludes

int option(int fd, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  return ::getsockopt(fd, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

std::optional<tcp_info> info(int fd) {
  if (fault::at("TCP_INFO", ENOPROTOOPT)) return {};
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return {};
  return info;
}

std::optional<size_t> count(int fd, unsigned long request, const char* words) {
  int bytes = 0;
  if (fault::at(words, ENOTTY) || ::ioctl(fd, request, &bytes) != 0) return {};
  return static_cast<size_t>(bytes);
}

}  // namespace

bool is_plain_tcp(int fd) {
  const int domain = option(fd, SO_DOMAIN);
  if ((domain != AF_INET && domain != AF_INET6) || option(fd, SO_PROTOCOL) != IPPROTO_TCP)
    return false;
  char on_top[16];
  socklen_t size = sizeof on_top;
  return ::getsockopt(fd, IPPROTO_TCP, TCP_ULP, on_top, &size) == 0 && size == 0;
}

std::optional<uint64_t> tcp_received(int fd) {
  const std::optional<tcp_info> now = info(fd);
  if (!now) return {};
  return now->tcpi_bytes_received;
}

// What is acknowledged between the two calls is missed: it is told as less, never as more.
std::optional<uint64_t> tcp_written(int fd) {
  const std::optional<tcp_info> now = info(fd);
  const std::optional<size_t> left = count(fd, SIOCOUTQ, "SIOCOUTQ");
  if (!now || !left) return {};
  return now->tcpi_bytes_acked + *left;
}

void tcp_limit_unsent(int fd, uint32_t bytes) {
  ::setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &bytes, sizeof bytes);
}

void tcp_limit_rest(int fd, uint32_t timeout_ms) {
  if (count(fd, SIOCOUTQ, "SIOCOUTQ").value_or(1) == 0) return;
  ::setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms, sizeof timeout_ms);
}

// The kernel doubles it. Where it may not be forced it would be less than half of what is wanted,
// for ever: then it stays as it is.
void tcp_fix_received(int fd, uint32_t bytes) {
  const auto half = static_cast<int>(bytes / 2);
  ::setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &half, sizeof half);
}

bool peer_has_ended(int fd) {
  pollfd look{.fd = fd, .events = POLLRDHUP, .revents = 0};
  return ::poll(&look, 1, 0) != 0;
}

bool tcp_closed(int fd) {
  const std::optional<tcp_info> now = info(fd);
  return now && now->tcpi_state == state_closed;
}

std::optional<size_t> tcp_unread(int fd) { return count(fd, SIOCINQ, "SIOCINQ"); }

}  // namespace zest::sys
