// Connecting: to somebody, to nobody, and giving up.
#include <doctest/doctest.h>
#include <sys/socket.h>

#include <string>
#include <vector>

#include "support/backends.h"
#include "support/sockets.h"
#include "support/taker.h"
#include "sys/socket.h"

namespace zest::io {
namespace {

using namespace zest::test;

void connect(Loop& loop, Taker& taker, const Fd& fd, const sys::Address& address) {
  loop.connect(taker.op, fd.get(), address.get(), address.size());
}

// A listener whose queue is full: whoever else connects waits for an answer that does not come.
struct Full {
  Full() : listener(listening(0)), queued(connected_to(listener.address)) {}
  Listening listener;
  Fd queued;
};

TEST_CASE("a connect that is answered ends with zero") {
  on_each_backend([](BackendKind kind) {
    const Listening listener = listening(128, false);
    auto loop = make_loop(kind);
    const Fd fd = unconnected();
    Taker taker(*loop);
    connect(*loop, taker, fd, listener.address);
    REQUIRE(turn_until(*loop, [&] { return taker.ended(); }));
    REQUIRE(taker.results == std::vector<int32_t>{0});
    const Fd accepted(::accept(listener.fd.get(), nullptr, nullptr));
    write_all(accepted, "x");
    const auto peer = sys::peer_address(fd.get());
    REQUIRE(peer);
    CHECK(peer->port() == listener.address.port());
  });
}

TEST_CASE("a connect to a port where nobody listens is refused") {
  on_each_backend([](BackendKind kind) {
    Listening gone = listening();
    gone.fd.reset();
    auto loop = make_loop(kind);
    const Fd fd = unconnected();
    Taker taker(*loop);
    connect(*loop, taker, fd, gone.address);
    REQUIRE(turn_until(*loop, [&] { return taker.ended(); }));
    CHECK(taker.results == std::vector<int32_t>{-ECONNREFUSED});
  });
}

TEST_CASE("a connect that gets no answer waits, and can be cancelled") {
  on_each_backend([](BackendKind kind) {
    const Full full;
    auto loop = make_loop(kind);
    const Fd fd = unconnected();
    Taker taker(*loop);
    connect(*loop, taker, fd, full.listener.address);
    turn_briefly(*loop);
    REQUIRE(taker.op.in_flight());
    loop->cancel(taker.op);
    REQUIRE(turn_until(*loop, [&] { return taker.ended(); }));
    CHECK(taker.results == std::vector<int32_t>{-ECANCELED});
  });
}

TEST_CASE("a Unix socket connects, or says why not") {
  on_each_backend([](BackendKind kind) {
    auto loop = make_loop(kind);
    const auto missing = *sys::Address::parse("unix:/nonexistent/zest.sock");
    const auto fd = sys::open_socket(AF_UNIX, SOCK_STREAM);
    REQUIRE(fd);
    Taker taker(*loop);
    connect(*loop, taker, *fd, missing);
    REQUIRE(turn_until(*loop, [&] { return taker.ended(); }));
    CHECK(taker.results == std::vector<int32_t>{-ENOENT});
  });
}

TEST_CASE("many connects at once all come to something") {
  on_each_backend([](BackendKind kind) {
    const Listening listener = listening(256);
    auto loop = make_loop(kind);
    Taker acceptor(*loop);
    loop->accept(acceptor.op, listener.fd.get());
    std::vector<Fd> fds;
    std::vector<std::unique_ptr<Taker>> takers;
    for (int i = 0; i < 100; ++i) {
      fds.push_back(unconnected());
      takers.push_back(std::make_unique<Taker>(*loop));
      connect(*loop, *takers.back(), fds.back(), listener.address);
    }
    REQUIRE(turn_until(*loop, [&] {
      size_t ended = 0;
      for (const auto& taker : takers) ended += taker->ended();
      return ended == takers.size() && acceptor.fds.size() == takers.size();
    }));
    for (const auto& taker : takers) CHECK(taker->results == std::vector<int32_t>{0});
  });
}

}  // namespace
}  // namespace zest::io
