#include "net/tcp_listener.h"

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>

#include "support/torture.h"
#include "sys/socket.h"

namespace zest::test {

net::Bound tcp_listener(const char* address, const net::BindOptions& options) {
  auto bound = net::bind_socket(*sys::Address::parse(address), options);
  REQUIRE_MESSAGE(bound.has_value(), bound.error().message.c_str());
  REQUIRE(sys::listen(bound->fd.get(), 512));
  return std::move(*bound);
}

bool acceptable(const net::Bound& listener, int timeout_ms) {
  pollfd waiting{.fd = listener.fd.get(), .events = POLLIN, .revents = 0};
  return ::poll(&waiting, 1, timeout_ms) == 1;
}

Fd accepted_from(const net::Bound& listener) {
  REQUIRE(acceptable(listener, fault_fired() ? 100 : 20'000));
  Fd fd(sys::accept(listener.fd.get()));
  REQUIRE(fd.valid());
  return fd;
}

bool connects(const sys::Address& address) {
  const Fd fd(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  return ::connect(fd.get(), address.get(), address.size()) == 0;
}

}  // namespace zest::test
