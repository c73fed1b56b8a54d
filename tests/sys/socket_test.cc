// Socket calls, each checked and named in its error.
#include "sys/socket.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/tcp.h>

#include <string>

#include "support/sockets.h"

namespace zest::sys {
namespace {

using namespace zest::test;

const Address any_port = *Address::parse("127.0.0.1:0");

bool has_flag(int fd, int get, int flag) { return (::fcntl(fd, get) & flag) != 0; }

Fd tcp_socket() {
  auto fd = open_socket(AF_INET, SOCK_STREAM);
  REQUIRE(fd);
  return std::move(*fd);
}

TEST_CASE("a socket is close-on-exec and non-blocking from birth") {
  const Fd fd = tcp_socket();
  CHECK(has_flag(fd.get(), F_GETFD, FD_CLOEXEC));
  CHECK(has_flag(fd.get(), F_GETFL, O_NONBLOCK));
}

TEST_CASE("a family that the kernel lacks is an error") {
  const auto fd = open_socket(AF_MAX + 1, SOCK_STREAM);
  REQUIRE_FALSE(fd);
  CHECK(fd.error().os_errno != 0);
  CHECK(fd.error().message.view().starts_with("socket: "));
}

TEST_CASE("an option is set and read back") {
  const Fd fd = tcp_socket();
  CHECK(set_option(fd.get(), IPPROTO_TCP, TCP_NODELAY, 1, "TCP_NODELAY"));
  const auto value = get_option(fd.get(), IPPROTO_TCP, TCP_NODELAY, "TCP_NODELAY");
  REQUIRE(value);
  CHECK(*value == 1);
}

TEST_CASE("an option that there is not is named in the error") {
  const Fd fd = tcp_socket();
  const auto set = set_option(fd.get(), IPPROTO_TCP, 9999, 1, "TCP_NOSUCH");
  REQUIRE_FALSE(set);
  CHECK(set.error().message.view().starts_with("TCP_NOSUCH: "));
  const auto get = get_option(fd.get(), IPPROTO_TCP, 9999, "TCP_NOSUCH");
  REQUIRE_FALSE(get);
  CHECK(get.error().message.view().starts_with("TCP_NOSUCH: "));
}

TEST_CASE("a socket binds, listens, and tells its real port") {
  const Fd fd = tcp_socket();
  REQUIRE(bind(fd.get(), any_port));
  REQUIRE(listen(fd.get(), 5));
  const auto address = local_address(fd.get());
  REQUIRE(address);
  CHECK(address->port() != 0);
}

TEST_CASE("a port that is taken is an error that names the address") {
  const Listening taken = listening();
  const Fd fd = tcp_socket();
  const auto bound = bind(fd.get(), taken.address);
  REQUIRE_FALSE(bound);
  CHECK(bound.error().status == Status::address_in_use);
  const std::string expected = std::string("bind ") + taken.address.format().c_str() + ": ";
  CHECK(bound.error().message.view().starts_with(expected));
}

TEST_CASE("an address that is not ours is an error") {
  const Fd fd = tcp_socket();
  const auto bound = bind(fd.get(), *Address::parse("192.0.2.1:0"));
  REQUIRE_FALSE(bound);
  CHECK(bound.error().status == Status::address_not_available);
}

TEST_CASE("both ends know each other") {
  const Pair pair = tcp_pair();
  const auto near = local_address(pair.near.get());
  const auto far = peer_address(pair.far.get());
  REQUIRE(near);
  REQUIRE(far);
  CHECK(near->format().view() == far->format().view());
}

TEST_CASE("a socket that is not connected has no peer, and cannot accept") {
  const Fd fd = tcp_socket();
  const auto peer = peer_address(fd.get());
  REQUIRE_FALSE(peer);
  CHECK(peer.error().os_errno == ENOTCONN);
  CHECK(accept(fd.get()) == -EINVAL);
  CHECK_FALSE(listen(-1, 1));
}

TEST_CASE("an accepted socket is close-on-exec and non-blocking") {
  const Listening listener = listening();
  CHECK(accept(listener.fd.get()) == -EAGAIN);
  const Fd client = connected_to(listener.address);
  const Fd accepted(accept(listener.fd.get()));
  REQUIRE(accepted.valid());
  CHECK(has_flag(accepted.get(), F_GETFD, FD_CLOEXEC));
  CHECK(has_flag(accepted.get(), F_GETFL, O_NONBLOCK));
}

TEST_CASE("an adopted fd gets the flags that it lacks, and keeps the others") {
  const Fd fd(::socket(AF_INET, SOCK_STREAM, 0));
  REQUIRE(set_nonblocking(fd.get()));
  REQUIRE(set_close_on_exec(fd.get()));
  CHECK(has_flag(fd.get(), F_GETFD, FD_CLOEXEC));
  CHECK(has_flag(fd.get(), F_GETFL, O_NONBLOCK));
  CHECK((::fcntl(fd.get(), F_GETFL) & O_ACCMODE) == O_RDWR);
  CHECK_FALSE(set_nonblocking(-1));
}

TEST_CASE("a listening socket tells how full its queue is") {
  const Listening listener = listening(7);
  const Fd first = connected_to(listener.address);
  const Fd second = connected_to(listener.address);
  const auto queue = accept_queue(listener.fd.get());
  REQUIRE(queue);
  CHECK(queue->depth == 2);
  CHECK(queue->most == 7);
}

TEST_CASE("a Unix socket does not tell of its queue") {
  const auto fd = open_socket(AF_UNIX, SOCK_STREAM);
  REQUIRE(fd);
  CHECK_FALSE(accept_queue(fd->get()));
}

}  // namespace
}  // namespace zest::sys
