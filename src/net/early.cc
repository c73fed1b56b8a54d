#include "net/early.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "sys/fault.h"
#include "sys/socket.h"

namespace zest::net {

int64_t peek(int fd, std::span<std::byte> into) {
  if (const int error = sys::fault::at("peek", {ECONNRESET, EAGAIN})) return -error;
  const ssize_t size = ::recv(fd, into.data(), into.size(), MSG_PEEK | MSG_DONTWAIT);
  return size < 0 ? -errno : size;
}

bool drop(int fd, size_t size) {
  if (sys::fault::at("drop", ECONNRESET)) return false;
  std::array<std::byte, 1024> piece;
  while (size > 0) {
    const ssize_t dropped = ::recv(fd, piece.data(), std::min(size, piece.size()), MSG_DONTWAIT);
    if (dropped <= 0) return false;
    size -= static_cast<size_t>(dropped);
  }
  return true;
}

bool is_last(int fd) {
  pollfd asked{.fd = fd, .events = POLLRDHUP, .revents = 0};
  return ::poll(&asked, 1, 0) > 0;
}

Fd duplicate(int fd) {
  if (sys::fault::at("dup", EMFILE)) return {};
  return Fd(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
}

bool wake_at(int fd, size_t size) {
  return sys::set_option(fd, SOL_SOCKET, SO_RCVLOWAT, static_cast<int>(size), "SO_RCVLOWAT")
      .has_value();
}

}  // namespace zest::net
