#include "support/sockets.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace zest::test {

Listening listening(int backlog, bool nonblocking) {
  Listening made;
  const int flags = SOCK_STREAM | SOCK_CLOEXEC | (nonblocking ? SOCK_NONBLOCK : 0);
  made.fd = Fd(::socket(AF_INET, flags, 0));
  made.address = *sys::Address::parse("127.0.0.1:0");
  REQUIRE(::bind(made.fd.get(), made.address.get(), made.address.size()) == 0);
  REQUIRE(::listen(made.fd.get(), backlog) == 0);
  socklen_t size = sys::Address::capacity();
  REQUIRE(::getsockname(made.fd.get(), made.address.get(), &size) == 0);
  return made;
}

Fd connected_to(const sys::Address& address) {
  Fd fd(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  REQUIRE(fd.valid());
  REQUIRE(::connect(fd.get(), address.get(), address.size()) == 0);
  return fd;
}

Fd unconnected() {
  Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  REQUIRE(fd.valid());
  return fd;
}

Pair tcp_pair() {
  const Listening listener = listening(1, false);
  Pair pair;
  pair.far = connected_to(listener.address);
  pair.near = Fd(::accept4(listener.fd.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  REQUIRE(pair.near.valid());
  return pair;
}

void reset_on_close(const Fd& fd) {
  const linger hard{.l_onoff = 1, .l_linger = 0};
  REQUIRE(::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard) == 0);
}

void fill_up(const Fd& fd) {
  const std::string filling(1 << 20, 'x');
  for (bool went = true; went;) {
    went = false;
    while (::send(fd.get(), filling.data(), filling.size(), MSG_DONTWAIT) > 0) went = true;
    usleep(100'000);  // an acknowledgement may be 40 ms late
  }
}

void write_all(const Fd& fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    REQUIRE(written > 0);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

std::string read_exactly(const Fd& fd, size_t size) {
  std::string bytes(size, 0);
  size_t got = 0;
  while (got < size) {
    const ssize_t n = ::recv(fd.get(), bytes.data() + got, size - got, 0);
    if (n <= 0) break;
    got += static_cast<size_t>(n);
  }
  bytes.resize(got);
  return bytes;
}

std::string read_to_end(const Fd& fd) {
  std::string bytes;
  std::array<char, 65536> piece;
  for (;;) {
    const ssize_t n = ::recv(fd.get(), piece.data(), piece.size(), 0);
    if (n <= 0) return bytes;
    bytes.append(piece.data(), static_cast<size_t>(n));
  }
}

std::string pattern(size_t size, unsigned seed) {
  std::string bytes(size, 0);
  uint32_t state = seed * 2654435761u + 12345;
  for (char& byte : bytes) {
    state = state * 1664525u + 1013904223u;
    byte = static_cast<char>(state >> 24);
  }
  return bytes;
}

}  // namespace zest::test
