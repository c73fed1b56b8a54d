// What the proxy holds for a tunnel that is idle: of user memory, with all that stands for both
// connections.
#include <doctest/doctest.h>
#include <sys/socket.h>

#include <vector>

#include "proxy/stage.h"
#include "support/leftovers.h"

namespace zest::test {
namespace {

constexpr size_t bytes_most = 500;
constexpr size_t warm_tunnels = 67;  // they fill a block of memory
constexpr size_t tunnels = 5 * warm_tunnels;

// Both far ends of some tunnels, each used once. No thread of ours has memory of its own meanwhile.
struct Many {
  Many(size_t count, const sys::Address& proxy, const Fd& origin, bool upgraded) {
    for (size_t i = 0; i < count; ++i) {
      Fd client = connected_to(proxy);
      if (upgraded) write_all(client, "GET / HTTP/1.1\r\nHost: a\r\n" + asked());
      Fd far(::accept4(origin.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (upgraded) {
        read_head(far);
        write_all(far, "HTTP/1.1 101 Switching Protocols\r\n" + asked());
        read_head(client);
      }
      write_all(client, "ping");
      CHECK(read_exactly(far, 4) == "ping");
      write_all(far, "pong");
      CHECK(read_exactly(client, 4) == "pong");
      ends.push_back(std::move(client));
      ends.push_back(std::move(far));
    }
  }

  static std::string asked() { return "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"; }
  static void read_head(const Fd& fd) {
    std::string head;
    while (!head.ends_with("\r\n\r\n")) {
      const std::string byte = read_exactly(fd, 1);
      if (byte.empty()) return;
      head += byte;
    }
  }

  std::vector<Fd> ends;
};

size_t bytes_of_each(BackendKind kind, proxy::TunnelEngine engine, bool upgraded) {
  const Listening origin = listening(128, false);
  proxy::Config config = config_for(kind, origin.address);
  config.tunnel_engine = engine;
  if (!upgraded) {
    config.listeners[0].mode = proxy::Mode::tcp;
    config.listeners[0].upstream = 0;
  }
  const auto proxy = started(config);
  const sys::Address address = proxy->report().listeners.at(0).address;
  const auto none_left = [&] { return proxy->snapshot().connections == 0; };
  // What all tunnels share is there, and grown, before any is counted.
  {
    const Many first(warm_tunnels + tunnels, address, origin.fd, upgraded);
  }
  REQUIRE(eventually(none_left));
  const Many warm(warm_tunnels, address, origin.fd, upgraded);
  const size_t before = allocated_bytes();
  const Many many(tunnels, address, origin.fd, upgraded);
  CHECK(proxy->snapshot().tunnels == warm_tunnels + tunnels);
  const size_t after = allocated_bytes();
  const size_t ours = many.ends.capacity() * sizeof(Fd);
  return (after - before - ours) / tunnels;
}

}  // namespace

TEST_CASE("an idle tunnel takes less than 500 bytes, whichever way its bytes go" *
          doctest::test_suite("no-torture")) {
  using enum proxy::TunnelEngine;
  on_each_backend([](BackendKind kind) {
    for (const proxy::TunnelEngine engine : {automatic, copy, splice, sockmap}) {
      for (const bool upgraded : {false, true}) {
        CAPTURE(static_cast<int>(engine));
        CAPTURE(upgraded);
        const size_t each = bytes_of_each(kind, engine, upgraded);
        MESSAGE(each << " bytes");
        CHECK(each < bytes_most);
      }
    }
  });
}

}  // namespace zest::test
