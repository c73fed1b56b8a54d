// Ports that others have, and sockets that others have bound.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "net/tcp_listener.h"
#include "support/sockets.h"
#include "sys/socket.h"

namespace zest::net {
namespace {

using namespace zest::test;

sys::Address parsed(const char* text) { return *sys::Address::parse(text); }

Bound bound_to(const char* text, const BindOptions& options) {
  auto bound = bind_socket(parsed(text), options);
  REQUIRE(bound);
  return std::move(*bound);
}

Fd copy_of(const Fd& fd) {
  Fd copy(::fcntl(fd.get(), F_DUPFD, 0));  // without close-on-exec
  REQUIRE(copy.valid());
  return copy;
}

TEST_CASE("port 0 gives a port, and a second socket of the group may share it") {
  const Bound first = tcp_listener("127.0.0.1:0", {.reuseport = true});
  CHECK(first.address.port() != 0);
  const auto second = bind_socket(first.address, {.reuseport = true});
  REQUIRE(second);
  CHECK(second->address.port() == first.address.port());
}

TEST_CASE("a free port is free") {
  const uint16_t port = tcp_listener("127.0.0.1:0").address.port();
  auto address = parsed("127.0.0.1:0");
  address.set_port(port);
  CHECK(probe_port(address, {}));
  CHECK(probe_port(address, {.reuseport = true}));
}

TEST_CASE("a stranger's SO_REUSEPORT does not make his port ours") {
  const Bound stranger = tcp_listener("127.0.0.1:0", {.reuseport = true});
  // The kernel would let us.
  CHECK(bind_socket(stranger.address, {.reuseport = true}));
  const auto probed = probe_port(stranger.address, {.reuseport = true});
  REQUIRE_FALSE(probed);
  CHECK(probed.error().status == Status::address_in_use);
  CHECK(probed.error().os_errno == EADDRINUSE);
}

TEST_CASE("a stranger on one address is in the way of every address") {
  const Bound stranger = tcp_listener("127.0.0.1:0", {.reuseport = true});
  for (const char* wildcard : {"0.0.0.0:0", "[::]:0"}) {
    auto every = parsed(wildcard);
    every.set_port(stranger.address.port());
    CHECK_FALSE(probe_port(every, {.reuseport = true}));
  }
  auto other = parsed("127.0.0.2:0");
  other.set_port(stranger.address.port());
  CHECK(probe_port(other, {.reuseport = true}));
}

TEST_CASE("connections that linger are in nobody's way") {
  sys::Address address;
  {
    const Bound listener = tcp_listener("127.0.0.1:0");
    address = listener.address;
    Fd client = connected_to(address);
    Fd accepted = accepted_from(listener);
    accepted.reset();  // first: the server's end is the one that lingers
    CHECK(read_to_end(client).empty());
  }
  CHECK(probe_port(address, {}));
  CHECK(bind_socket(address, {}));
}

TEST_CASE("a UDP stranger is seen, also with SO_REUSEPORT") {
  const BindOptions shared{.protocol = Protocol::udp, .reuseport = true};
  const Bound stranger = bound_to("127.0.0.1:0", shared);
  CHECK(bind_socket(stranger.address, shared));
  CHECK_FALSE(probe_port(stranger.address, shared));
}

TEST_CASE("a bound socket of the right sort is adopted, and made non-blocking and close-on-exec") {
  for (const Protocol protocol : {Protocol::tcp, Protocol::udp}) {
    Bound made = bound_to("127.0.0.1:0", {.protocol = protocol});
    Fd copy = copy_of(made.fd);
    made.fd.reset();
    const int flags = ::fcntl(copy.get(), F_GETFL);
    REQUIRE(::fcntl(copy.get(), F_SETFL, flags & ~O_NONBLOCK) == 0);
    const auto adopted = adopt_socket(std::move(copy), {.protocol = protocol});
    REQUIRE(adopted);
    CHECK(adopted->address.format().view() == made.address.format().view());
    CHECK((::fcntl(adopted->fd.get(), F_GETFL) & O_NONBLOCK) != 0);
    CHECK((::fcntl(adopted->fd.get(), F_GETFD) & FD_CLOEXEC) != 0);
  }
}

TEST_CASE("an adopted listener passes its options on, too") {
  Listening made = listening();
  const auto adopted = adopt_socket(
      std::move(made.fd),
      {.protocol = Protocol::tcp, .socket = {.keepalive = true, .keepalive_idle_s = 99}});
  REQUIRE(adopted);
  const Fd client = connected_to(adopted->address);
  const Fd accepted = accepted_from(*adopted);
  CHECK(sys::get_option(accepted.get(), IPPROTO_TCP, TCP_NODELAY, "").value_or(0) != 0);
  CHECK(sys::get_option(accepted.get(), IPPROTO_TCP, TCP_KEEPIDLE, "").value_or(0) == 99);
}

TEST_CASE("what is not what it should be is not adopted, and closed") {
  const auto refused = [](Fd fd, Protocol protocol) {
    const int number = fd.get();
    const auto adopted = adopt_socket(std::move(fd), {.protocol = protocol});
    REQUIRE_FALSE(adopted);
    CHECK(::fcntl(number, F_GETFD) == -1);
    return adopted.error();
  };
  const auto tcp = [] { return bound_to("127.0.0.1:0", {}).fd.release(); };
  const auto udp = [] { return bound_to("127.0.0.1:0", {.protocol = Protocol::udp}).fd.release(); };
  const auto local = [] {
    return bound_to("unix:@zest-adopt", {.protocol = Protocol::local}).fd.release();
  };
  CHECK(refused(Fd(::open("/dev/null", O_RDONLY)), Protocol::tcp).os_errno == ENOTSOCK);
  CHECK(refused(Fd(udp()), Protocol::tcp).status == Status::invalid_argument);
  CHECK(refused(Fd(tcp()), Protocol::udp).status == Status::invalid_argument);
  CHECK(refused(Fd(tcp()), Protocol::local).status == Status::invalid_argument);
  CHECK(refused(Fd(local()), Protocol::tcp).status == Status::invalid_argument);
  CHECK(refused(unconnected(), Protocol::tcp).message.view().find("not bound") !=
        std::string_view::npos);
  const auto closed = adopt_socket(Fd(9999), {});
  REQUIRE_FALSE(closed);
  CHECK(closed.error().os_errno == EBADF);
}

}  // namespace
}  // namespace zest::net
