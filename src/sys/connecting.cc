#include "sys/connecting.h"

#include <poll.h>

#include <cerrno>

#include "sys/fault.h"

namespace zest::sys {

int begin_connect(int fd, const Address& address) {
  if (int error = fault::at("connect", {ECONNREFUSED, EADDRNOTAVAIL, ENOBUFS})) return error;
  if (::connect(fd, address.get(), address.size()) == 0) return 0;
  return errno == EINTR ? EINPROGRESS : errno;  // interrupted, it goes on by itself
}

int connect_result(int fd) {
  if (int error = fault::at("connect", {ECONNREFUSED, ETIMEDOUT})) return error;
  pollfd polled{.fd = fd, .events = POLLOUT, .revents = 0};
  if (::poll(&polled, 1, 0) < 0) return errno == EINTR ? EINPROGRESS : errno;
  if (polled.revents == 0) return EINPROGRESS;
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  return error;
}

bool is_silent(int fd) {
  if (fault::at("recv", ECONNRESET)) return false;
  char byte = 0;
  return ::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

}  // namespace zest::sys
