// What a host gives as a connection is told from what is none, and from one that is over.
#include "sys/connected.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

#include "support/sockets.h"
#include "sys/socket.h"

namespace zest::sys {
namespace {

using namespace zest::test;

Status status_of(int fd) {
  const auto is = connected(fd);
  return is ? Status::ok : is.error().status;
}

TEST_CASE("a connected stream socket is a connection, of TCP and of Unix") {
  const Pair pair = tcp_pair();
  CHECK(connected(pair.near.get()) == Connected::yes);
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  const Fd one(ends[0]);
  Fd other(ends[1]);
  CHECK(connected(one.get()) == Connected::yes);
  other.reset();
  CHECK(connected(one.get()) == Connected::yes);  // its end is still to be read
}

TEST_CASE("what is none is an invalid argument") {
  const Listening listener = listening();
  const Fd fresh = unconnected();
  const Fd fresh_unix(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const Fd datagrams(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const Fd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  for (const Fd* fd : {&listener.fd, &fresh, &fresh_unix, &datagrams, &null})
    CHECK(status_of(fd->get()) == Status::invalid_argument);
  const Fd waiting = connected_to(listener.address);
  CHECK(status_of(listener.fd.get()) == Status::invalid_argument);
  CHECK(status_of(-1) == Status::invalid_argument);
}

TEST_CASE("one that its peer has reset is over, and no mistake of who gives it") {
  Pair pair = tcp_pair();
  reset_on_close(pair.far);
  pair.far.reset();
  pollfd polled{.fd = pair.near.get(), .events = POLLIN, .revents = 0};
  REQUIRE(::poll(&polled, 1, 10'000) == 1);
  CHECK(connected(pair.near.get()) == Connected::no_longer);
  const auto adopted = adopt_connection(pair.near.get());
  REQUIRE_FALSE(adopted);
  CHECK(adopted.error().status == Status::system);
  CHECK(adopted.error().os_errno == ENOTCONN);
}

TEST_CASE("a duplicate is the same socket, another end is not") {
  const Pair pair = tcp_pair();
  const Fd again(::fcntl(pair.near.get(), F_DUPFD_CLOEXEC, 0));
  CHECK(same_socket(pair.near.get(), again.get()) == true);
  CHECK(same_socket(pair.near.get(), pair.far.get()) == false);
  CHECK_FALSE(same_socket(pair.near.get(), -1));
}

}  // namespace
}  // namespace zest::sys
