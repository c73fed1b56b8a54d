// Accepting, on both backends, from ordinary clients.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "support/backends.h"
#include "support/sockets.h"
#include "support/taker.h"
#include "sys/socket.h"

namespace zest::io {
namespace {

using namespace zest::test;

std::vector<Fd> clients_of(const Listening& listener, int count) {
  std::vector<Fd> clients;
  for (int i = 0; i < count; ++i) clients.push_back(connected_to(listener.address));
  return clients;
}

TEST_CASE("an accept stays armed until it is cancelled") {
  on_each_backend([](BackendKind kind) {
    const Listening listener = listening();
    auto loop = make_loop(kind);
    Taker taker(*loop);
    loop->accept(taker.op, listener.fd.get());
    for (size_t wave = 1; wave <= 3; ++wave) {
      const std::vector<Fd> clients = clients_of(listener, 7);
      CHECK(turn_until(*loop, [&] { return taker.fds.size() == 7 * wave; }));
      CHECK(taker.endings == 0);
    }
    loop->cancel(taker.op);
    CHECK(turn_until(*loop, [&] { return taker.ended(); }));
    CHECK(taker.last() == -ECANCELED);
    CHECK(taker.endings == 1);
  });
}

// More than one op may take in a turn.
TEST_CASE("everybody who waits is accepted") {
  on_each_backend([](BackendKind kind) {
    const Listening listener = listening(512);
    const std::vector<Fd> clients = clients_of(listener, 300);
    auto loop = make_loop(kind);
    Taker taker(*loop);
    loop->accept(taker.op, listener.fd.get());
    CHECK(turn_until(*loop, [&] { return taker.fds.size() == 300; }));
    CHECK(taker.endings == 0);
  });
}

TEST_CASE("an accept once takes one connection and leaves the others where they are") {
  on_each_backend([](BackendKind kind) {
    const Listening listener = listening();
    const std::vector<Fd> clients = clients_of(listener, 3);
    auto loop = make_loop(kind);
    Taker taker(*loop);
    for (size_t taken = 1; taken <= 3; ++taken) {
      loop->accept_once(taker.op, listener.fd.get());
      CHECK(turn_until(*loop, [&] { return taker.ended(); }));
      CHECK(taker.fds.size() == taken);
      CHECK(taker.endings == taken);
      turn_briefly(*loop);
      const auto queue = sys::accept_queue(listener.fd.get());
      REQUIRE(queue);
      CHECK(queue->depth == 3 - taken);
    }
  });
}

TEST_CASE("an accepted socket is non-blocking, close-on-exec, and connected") {
  on_each_backend([](BackendKind kind) {
    const Listening listener = listening();
    auto loop = make_loop(kind);
    Taker taker(*loop);
    loop->accept(taker.op, listener.fd.get());
    const Fd client = connected_to(listener.address);
    REQUIRE(turn_until(*loop, [&] { return taker.fds.size() == 1; }));
    const Fd& accepted = taker.fds.front();
    CHECK((::fcntl(accepted.get(), F_GETFL) & O_NONBLOCK));
    CHECK((::fcntl(accepted.get(), F_GETFD) & FD_CLOEXEC));
    const auto peer = sys::peer_address(accepted.get());
    const auto own = sys::local_address(client.get());
    REQUIRE(peer);
    REQUIRE(own);
    CHECK(peer->format().view() == own->format().view());
  });
}

TEST_CASE("a Unix listener is accepted from") {
  on_each_backend([](BackendKind kind) {
    const auto name = *sys::Address::parse("unix:@zest-accept-" + std::to_string(::getpid()));
    auto opened = sys::open_socket(AF_UNIX, SOCK_STREAM);
    REQUIRE(opened);
    const Fd listener = std::move(*opened);
    REQUIRE(sys::bind(listener.get(), name));
    REQUIRE(sys::listen(listener.get(), 16));
    auto loop = make_loop(kind);
    Taker taker(*loop);
    loop->accept(taker.op, listener.get());
    const Fd first = connected_to(name);
    const Fd second = connected_to(name);
    CHECK(turn_until(*loop, [&] { return taker.fds.size() == 2; }));
  });
}

// -EINVAL is also how an older kernel refuses the repeating form; this one is the socket's own.
TEST_CASE("a socket that does not listen ends its accept, and no other") {
  on_each_backend([](BackendKind kind) {
    const Fd deaf = unconnected();
    auto loop = make_loop(kind);
    Taker bad(*loop);
    loop->accept(bad.op, deaf.get());
    CHECK(turn_until(*loop, [&] { return bad.ended(); }));
    CHECK(bad.results == std::vector<int32_t>{-EINVAL});
    CHECK(loop->counters().stepped_down == 0);
  });
}

TEST_CASE("a listener that is shut down ends its accept") {
  on_each_backend([](BackendKind kind) {
    const Listening listener = listening();
    auto loop = make_loop(kind);
    Taker taker(*loop);
    loop->accept(taker.op, listener.fd.get());
    turn_briefly(*loop);
    CHECK(::shutdown(listener.fd.get(), SHUT_RDWR) == 0);
    CHECK(turn_until(*loop, [&] { return taker.ended(); }));
    CHECK(taker.results == std::vector<int32_t>{-EINVAL});
    CHECK(loop->counters().stepped_down == 0);
  });
}

}  // namespace
}  // namespace zest::io
