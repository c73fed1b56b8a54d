#include "sys/connected.h"

#include <poll.h>
#include <sys/stat.h>

#include <cerrno>

#include "sys/fault.h"
#include "sys/socket.h"

namespace zest::sys {
namespace {

Result<void> check_stream(int fd) {
  const auto type = get_option(fd, SOL_SOCKET, SO_TYPE, "SO_TYPE");
  if (type && *type == SOCK_STREAM) return {};
  if (type) return fail(Status::invalid_argument, "fd %d is no stream socket", fd);
  switch (type.error().os_errno) {
    case EBADF: return fail(Status::invalid_argument, "fd %d is not open", fd);
    case ENOTSOCK: return fail(Status::invalid_argument, "fd %d is no socket", fd);
    default: return fail(type.error());
  }
}

// A socket that has no peer: one that ended tells so by POLLRDHUP, a fresh one only by POLLHUP.
Result<Connected> without_peer(int fd) {
  const auto listens = get_option(fd, SOL_SOCKET, SO_ACCEPTCONN, "SO_ACCEPTCONN");
  if (!listens) return fail(listens.error());
  if (*listens) return fail(Status::invalid_argument, "fd %d listens, it is no connection", fd);
  pollfd polled{.fd = fd, .events = POLLRDHUP, .revents = 0};
  int error = fault::at("poll", ENOMEM);
  if (error == 0 && ::poll(&polled, 1, 0) < 0) error = errno;
  if (error) return fail_errno(error, "poll of fd %d", fd);
  if (polled.revents & POLLRDHUP) return Connected::no_longer;
  if (polled.revents & POLLHUP) return fail(Status::invalid_argument, "fd %d is not connected", fd);
  return Connected::not_yet;
}

Result<struct stat> about(int fd) {
  struct stat status{};
  int error = fault::at("fstat", EIO);
  if (error == 0 && ::fstat(fd, &status) < 0) error = errno;
  if (error) return fail_errno(error, "fstat of fd %d", fd);
  return status;
}

}  // namespace

Result<Connected> connected(int fd) {
  if (auto good = check_stream(fd); !good) return fail(good.error());
  const auto peer = peer_address(fd);
  if (peer) return Connected::yes;
  if (peer.error().os_errno != ENOTCONN) return fail(peer.error());
  return without_peer(fd);
}

Result<bool> same_socket(int a, int b) {
  const auto one = about(a);
  if (!one) return fail(one.error());
  const auto other = about(b);
  if (!other) return fail(other.error());
  return one->st_dev == other->st_dev && one->st_ino == other->st_ino;
}

}  // namespace zest::sys
