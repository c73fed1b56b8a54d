#include "sys/socket.h"

#include <fcntl.h>
#include <linux/tcp.h>

#include <cerrno>

#include "sys/connected.h"
#include "sys/fault.h"

namespace zest::sys {

Result<Fd> open_socket(int family, int type) {
  if (int error = fault::at("socket", {EMFILE, EAFNOSUPPORT})) return fail_errno(error, "socket");
  Fd fd(::socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) return fail_errno(errno, "socket");
  return fd;
}

Result<void> set_option(int fd, int level, int name, const void* value, socklen_t size,
                        const char* words) {
  if (int error = fault::at("setsockopt", {ENOPROTOOPT, ENOMEM}))
    return fail_errno(error, "%s", words);
  if (::setsockopt(fd, level, name, value, size) != 0) return fail_errno(errno, "%s", words);
  return {};
}

Result<void> set_option(int fd, int level, int name, int value, const char* words) {
  return set_option(fd, level, name, &value, sizeof value, words);
}

Result<int> get_option(int fd, int level, int name, const char* words) {
  if (int error = fault::at("getsockopt", ENOPROTOOPT)) return fail_errno(error, "%s", words);
  int value = 0;
  socklen_t size = sizeof value;
  if (::getsockopt(fd, level, name, &value, &size) != 0) return fail_errno(errno, "%s", words);
  return value;
}

Result<void> bind(int fd, const Address& address) {
  int error = fault::at("bind", {EADDRINUSE, EACCES});
  if (error == 0 && ::bind(fd, address.get(), address.size()) != 0) error = errno;
  if (error) return fail_errno(error, "bind %s", address.format().c_str());
  return {};
}

Result<void> listen(int fd, int backlog) {
  if (int error = fault::at("listen", EADDRINUSE)) return fail_errno(error, "listen");
  if (::listen(fd, backlog) != 0) return fail_errno(errno, "listen");
  return {};
}

namespace {

using GetName = int (*)(int, sockaddr*, socklen_t*);

Result<Address> name_of(int fd, GetName get_name, const char* words) {
  if (int error = fault::at(words, ENOBUFS)) return fail_errno(error, "%s", words);
  Address address;
  socklen_t size = Address::capacity();
  if (get_name(fd, address.get(), &size) != 0) return fail_errno(errno, "%s", words);
  address.set_size(size);
  return address;
}

Result<void> add_flag(int fd, int get, int set, int flag, const char* words) {
  int error = fault::at(words, EBADF);
  if (error) return fail_errno(error, "%s", words);
  const int flags = ::fcntl(fd, get);
  if (flags < 0 || ::fcntl(fd, set, flags | flag) != 0) return fail_errno(errno, "%s", words);
  return {};
}

}  // namespace

Result<Address> local_address(int fd) { return name_of(fd, ::getsockname, "getsockname"); }
Result<Address> peer_address(int fd) { return name_of(fd, ::getpeername, "getpeername"); }

Result<void> set_nonblocking(int fd) {
  return add_flag(fd, F_GETFL, F_SETFL, O_NONBLOCK, "set O_NONBLOCK");
}

Result<void> set_close_on_exec(int fd) {
  return add_flag(fd, F_GETFD, F_SETFD, FD_CLOEXEC, "set FD_CLOEXEC");
}

Result<void> adopt_connection(int fd) {
  const auto is = connected(fd);
  if (!is) return fail(is.error());
  if (*is == Connected::not_yet)
    return fail(Status::invalid_argument, "fd %d is not connected yet", fd);
  if (*is == Connected::no_longer) return fail_errno(ENOTCONN, "fd %d: its peer has gone", fd);
  if (auto set = set_nonblocking(fd); !set) return set;
  return set_close_on_exec(fd);
}

int accept(int fd) {
  if (int error = fault::at("accept4", {ECONNABORTED, EMFILE, EINTR})) return -error;
  const int accepted = ::accept4(fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  return accepted >= 0 ? accepted : -errno;
}

bool is_shortage(int os_errno) {
  return os_errno == EMFILE || os_errno == ENFILE || os_errno == ENOMEM || os_errno == ENOBUFS;
}

Result<AcceptQueue> accept_queue(int fd) {
  if (int error = fault::at("TCP_INFO", ENOPROTOOPT)) return fail_errno(error, "TCP_INFO");
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
    return fail_errno(errno, "TCP_INFO");
  return AcceptQueue{.depth = info.tcpi_unacked, .most = info.tcpi_sacked};
}

}  // namespace zest::sys
