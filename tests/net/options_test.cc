// Options are really set: on the listening socket, and on those accepted from it.
#include "net/socket_options.h"

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>

#include "net/tcp_listener.h"
#include "support/sockets.h"
#include "sys/socket.h"

namespace zest::net {
namespace {

using namespace zest::test;

int value_of(const Fd& fd, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  CHECK(::getsockopt(fd.get(), level, name, &value, &size) == 0);
  return value;
}

struct Ends {
  explicit Ends(const SocketOptions& options, const char* address = "127.0.0.1:0")
      : listener(tcp_listener(address, {.socket = options})),
        client(connected_to(listener.address)),
        accepted(accepted_from(listener)) {}

  int on_listener(int level, int name) const { return value_of(listener.fd, level, name); }
  int on_accepted(int level, int name) const { return value_of(accepted, level, name); }

  Bound listener;
  Fd client;
  Fd accepted;
};

// Binding an address that nobody has, say, is for those with CAP_NET_ADMIN.
bool privileged(const Result<Bound>& bound) {
  if (bound || bound.error().os_errno != EPERM) return true;
  MESSAGE("skipped: needs CAP_NET_ADMIN");
  return false;
}

TEST_CASE("TCP_NODELAY is on unless it is switched off") {
  CHECK(Ends({}).on_accepted(IPPROTO_TCP, TCP_NODELAY) != 0);
  CHECK(Ends({.nodelay = false}).on_accepted(IPPROTO_TCP, TCP_NODELAY) == 0);
}

TEST_CASE("keepalive is off unless asked for, and has its three numbers") {
  CHECK(Ends({}).on_accepted(SOL_SOCKET, SO_KEEPALIVE) == 0);
  const Ends ends({.keepalive = true,
                   .keepalive_idle_s = 71,
                   .keepalive_interval_s = 13,
                   .keepalive_count = 4});
  CHECK(ends.on_accepted(SOL_SOCKET, SO_KEEPALIVE) == 1);
  CHECK(ends.on_accepted(IPPROTO_TCP, TCP_KEEPIDLE) == 71);
  CHECK(ends.on_accepted(IPPROTO_TCP, TCP_KEEPINTVL) == 13);
  CHECK(ends.on_accepted(IPPROTO_TCP, TCP_KEEPCNT) == 4);
}

TEST_CASE("the numbers of keepalive mean nothing while it is off") {
  const Ends ends({.keepalive_idle_s = 71});
  CHECK(ends.on_accepted(SOL_SOCKET, SO_KEEPALIVE) == 0);
  CHECK(ends.on_accepted(IPPROTO_TCP, TCP_KEEPIDLE) != 71);
}

TEST_CASE("buffers have the size asked for, which the kernel doubles for its own needs") {
  const Ends ends({.receive_buffer = 50'000, .send_buffer = 60'000});
  CHECK(ends.on_listener(SOL_SOCKET, SO_RCVBUF) == 100'000);
  CHECK(ends.on_listener(SOL_SOCKET, SO_SNDBUF) == 120'000);
  CHECK(ends.on_accepted(SOL_SOCKET, SO_RCVBUF) == 100'000);
  CHECK(ends.on_accepted(SOL_SOCKET, SO_SNDBUF) == 120'000);
}

TEST_CASE("with TCP_DEFER_ACCEPT a client is accepted when its first bytes are there") {
  const Bound listener = tcp_listener("127.0.0.1:0", {.socket = {.defer_accept_s = 20}});
  CHECK(value_of(listener.fd, IPPROTO_TCP, TCP_DEFER_ACCEPT) >= 20);
  const Fd client = connected_to(listener.address);
  CHECK_FALSE(acceptable(listener, 100));
  write_all(client, "x");
  const Fd accepted = accepted_from(listener);
  CHECK(read_exactly(accepted, 1) == "x");
}

TEST_CASE("TCP_FASTOPEN has its queue") {
  const Bound listener = tcp_listener("127.0.0.1:0", {.socket = {.fast_open_queue = 33}});
  CHECK(value_of(listener.fd, IPPROTO_TCP, TCP_FASTOPEN) == 33);
  CHECK(value_of(tcp_listener("127.0.0.1:0").fd, IPPROTO_TCP, TCP_FASTOPEN) == 0);
}

TEST_CASE("IPV6_V6ONLY decides whether IPv4 clients come") {
  for (const bool v6only : {true, false}) {
    const Bound listener = tcp_listener("[::]:0", {.socket = {.v6only = v6only}});
    CHECK((value_of(listener.fd, IPPROTO_IPV6, IPV6_V6ONLY) != 0) == v6only);
    auto v4 = *sys::Address::parse("127.0.0.1:0");
    v4.set_port(listener.address.port());
    CHECK(connects(v4) == !v6only);
  }
}

TEST_CASE("SO_BUSY_POLL is inherited") {
  auto bound = bind_socket(*sys::Address::parse("127.0.0.1:0"), {.socket = {.busy_poll_us = 40}});
  if (!privileged(bound)) return;
  const Ends ends({.busy_poll_us = 40});
  CHECK(ends.on_listener(SOL_SOCKET, SO_BUSY_POLL) == 40);
  CHECK(ends.on_accepted(SOL_SOCKET, SO_BUSY_POLL) == 40);
}

TEST_CASE("a transparent listener may have an address that no interface has") {
  const auto foreign = *sys::Address::parse("192.0.2.7:0");
  auto bound = bind_socket(foreign, {.socket = {.transparent = true}});
  if (!privileged(bound)) return;
  REQUIRE(bound);
  CHECK(value_of(bound->fd, IPPROTO_IP, IP_TRANSPARENT) == 1);
  const auto plain = bind_socket(foreign, {});
  REQUIRE_FALSE(plain);
  CHECK(plain.error().os_errno == EADDRNOTAVAIL);
  const Ends v4({.transparent = true});
  CHECK(v4.on_accepted(IPPROTO_IP, IP_TRANSPARENT) == 1);
  const Ends v6({.transparent = true}, "[::1]:0");
  CHECK(v6.on_accepted(IPPROTO_IPV6, IPV6_TRANSPARENT) == 1);
}

TEST_CASE("a UDP socket has the options that are not TCP's") {
  auto bound = bind_socket(
      *sys::Address::parse("127.0.0.1:0"),
      {.protocol = Protocol::udp, .socket = {.keepalive = true, .receive_buffer = 50'000}});
  REQUIRE(bound);
  CHECK(value_of(bound->fd, SOL_SOCKET, SO_RCVBUF) == 100'000);
  CHECK(value_of(bound->fd, SOL_SOCKET, SO_KEEPALIVE) == 0);
}

TEST_CASE("an option that the kernel refuses is named") {
  const auto address = *sys::Address::parse("127.0.0.1:0");
  const SocketOptions wrong{.keepalive = true, .keepalive_count = 100'000};
  const auto bound = bind_socket(address, {.socket = wrong});
  REQUIRE_FALSE(bound);
  CHECK(bound.error().os_errno == EINVAL);
  CHECK(bound.error().message.view().find("TCP_KEEPCNT") != std::string_view::npos);
}

}  // namespace
}  // namespace zest::net
