// A server of tasks: everything a scope offers, together.
#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <string>
#include <thread>

#include "support/leftovers.h"
#include "support/scoped.h"
#include "support/sockets.h"

namespace zest::io {
namespace {

using namespace zest::test;

constexpr int clients = 20;

int64_t soon(Scope& scope) { return scope.loop().now_ns() + 3600 * ns_per_s; }

Task<bool> send_all(Scope& scope, int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const int32_t sent = co_await scope.send(fd, bytes, soon(scope));
    if (sent <= 0) co_return false;
    bytes = bytes.subspan(static_cast<size_t>(sent));
  }
  co_return true;
}

Task<void> echo(Scope& scope, int accepted) {
  Fd fd(accepted);
  std::array<std::byte, 1024> memory;
  for (;;) {
    const int32_t got = co_await scope.recv(fd.get(), memory, soon(scope));
    if (got <= 0) break;
    if (!co_await send_all(scope, fd.get(), std::span(memory).first(static_cast<size_t>(got))))
      break;
  }
  scope.loop().close(std::move(fd));
}

Task<void> serve(Scope& scope, int listener) {
  for (;;) {
    const int32_t fd = co_await scope.accept(listener, never_ns);
    if (fd == -ECANCELED) co_return;
    if (fd >= 0) scope.spawn(echo(scope, fd));
  }
}

struct Said {
  std::string bytes;
  bool connected = false;
};

Task<void> call(Scope& scope, const sys::Address& address, const std::string& text, Said& said) {
  Fd fd = unconnected();
  const int32_t connected = co_await scope.connect(fd.get(), address, soon(scope));
  said.connected = connected == 0;
  if (said.connected && co_await send_all(scope, fd.get(), std::as_bytes(std::span(text)))) {
    ::shutdown(fd.get(), SHUT_WR);
    std::array<std::byte, 700> memory;
    while (co_await scope.poll(fd.get(), POLLIN, soon(scope)) > 0) {
      const int32_t got = co_await scope.recv(fd.get(), memory, soon(scope));
      if (got <= 0) break;
      said.bytes.append(reinterpret_cast<const char*>(memory.data()), static_cast<size_t>(got));
    }
  }
  scope.loop().close(std::move(fd));
}

TEST_CASE("a server of tasks gives every client its own bytes back") {
  on_each_backend([](BackendKind kind) {
    const Listening listener = listening();
    auto loop = make_loop(kind);
    std::array<Said, clients> said;
    std::array<std::string, clients> texts;
    Scoped server(*loop);
    Scoped callers(*loop);
    server.scope.spawn(serve(server.scope, listener.fd.get()));
    for (unsigned i = 0; i < clients; ++i) {
      texts[i] = pattern(20'000 + 100 * i, i);
      callers.scope.spawn(call(callers.scope, listener.address, texts[i], said[i]));
    }
    REQUIRE(callers.finishes());
    for (size_t i = 0; i < clients; ++i) {
      CHECK(said[i].connected);
      CHECK((said[i].bytes == texts[i]));
    }
    CHECK(server.scope.running() == 1);  // the one that accepts
  });
}

TEST_CASE("a server that is cancelled in the middle of it all leaves no fd") {
  on_each_backend([](BackendKind kind) {
    const Listening listener = listening();
    auto loop = make_loop(kind);
    const size_t before = open_fds();
    {
      std::array<Said, 5> said;
      const std::string text = pattern(1'000'000);
      Scoped all(*loop);
      all.scope.spawn(serve(all.scope, listener.fd.get()));
      for (Said& one : said) all.scope.spawn(call(all.scope, listener.address, text, one));
      for (int i = 0; i < 20; ++i) loop->turn(0);
      all.scope.cancel();
      CHECK(all.finishes());
    }
    CHECK(settles(open_fds, before));
  });
}

}  // namespace
}  // namespace zest::io
