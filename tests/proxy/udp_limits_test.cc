// Sessions of datagrams: how many there may be, and for how long.
#include <doctest/doctest.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include "proxy/udp_stage.h"
#include "support/torture.h"

namespace zest::test {
namespace {

using proxy::TunnelEnd;

using Socket = UdpSocket;
using Echo = UdpEcho;

}  // namespace

TEST_CASE("a session ends when it has been quiet, and is noted") {
  on_each_backend([](BackendKind kind) {
    const Echo echo;
    UdpStage stage(kind, {echo.address()}, [](proxy::Config& config) {
      config.listeners[0].timeouts.tunnel_idle_ms = tortured() ? 50 : 400;
    });
    const Socket client;
    client.connect(stage.address());
    client.send("hello");
    CHECK(client.receive() == "hello");
    CHECK(eventually([&] { return stage.ended(TunnelEnd::idle_timeout) == 1; }));
    CHECK(eventually([&] { return stage.now().connections == 0 && stage.now().tunnels == 0; }));
    const Notes::Note note = stage.notes.last();
    CHECK(note.tunnel == TunnelEnd::idle_timeout);
    CHECK(note.client == client.address().format().c_str());
    CHECK(note.bytes_in == 5);
    CHECK(note.bytes_out == 5);
    client.send("again");
    CHECK(client.receive() == "again");
    CHECK(stage.now().totals.tunnels == 2);
  });
}

TEST_CASE("no more sessions than there may be") {
  on_each_backend([](BackendKind kind) {
    const Echo echo;
    UdpStage stage(kind, {echo.address()},
                   [](proxy::Config& config) { config.listeners[0].limits.connections = 3; });
    std::vector<std::unique_ptr<Socket>> clients;
    for (int i = 0; i < 5; ++i) {
      const Socket& client = *clients.emplace_back(std::make_unique<Socket>());
      client.connect(stage.address());
      client.send("x");
      CHECK(client.receive(i < 3 ? patience_ms() : 50) == (i < 3 ? "x" : "-"));
    }
    const auto limit = static_cast<size_t>(proxy::Limit::connections_per_listener);
    CHECK(eventually([&] { return stage.now().totals.limits[limit] == 2; }));
    CHECK(eventually([&] { return stage.now().totals.datagrams_dropped == 2; }));
    CHECK(stage.now().tunnels == 3);
  });
}

TEST_CASE("datagrams that came as one are counted one by one, dropped ones too") {
  on_each_backend([](BackendKind kind) {
    const Echo echo;
    UdpStage stage(kind, {echo.address()},
                   [](proxy::Config& config) { config.listeners[0].limits.connections = 1; });
    const Socket first, second;
    first.connect(stage.address());
    first.send("x");
    CHECK(first.receive() == "x");
    second.connect(stage.address());
    const int segment = 100;
    if (::setsockopt(second.fd(), IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof segment) != 0) return;
    second.send(std::string(950, 'x'));
    CHECK(eventually([&] { return stage.now().totals.datagrams_dropped == 10; }));
    CHECK(stage.now().totals.datagrams_from_clients == 11);
    CHECK(eventually([&] { return stage.now().totals.datagrams_to_clients == 1; }));
  });
}

TEST_CASE("whom no origin answers makes room for others, the oldest first") {
  on_each_backend([](BackendKind kind) {
    const Socket silent;
    const Echo echo;
    UdpStage stage(kind, {silent.address(), echo.address()},
                   [](proxy::Config& config) { config.listeners[0].limits.connections = 3; });
    std::vector<std::unique_ptr<Socket>> clients;
    size_t answered = 0;
    while (answered < 3 && clients.size() < 20) {
      const Socket& client = *clients.emplace_back(std::make_unique<Socket>());
      client.connect(stage.address());
      client.send("x");
      std::string back;
      REQUIRE(eventually(
          [&] { return (back = client.receive(0)) == "x" || silent.receive(0) == "x"; }));
      answered += back == "x";
    }
    CHECK(answered == 3);
    CHECK(clients.size() > 3);
    CHECK(eventually([&] { return stage.ended(TunnelEnd::cut) == clients.size() - 3; }));
    CHECK(eventually([&] { return stage.now().totals.tunnels == clients.size(); }));
    CHECK(stage.now().totals.datagrams_dropped == 0);
    const Socket late;
    late.connect(stage.address());
    late.send("x");  // who has been answered stays
    CHECK(eventually([&] { return stage.now().totals.datagrams_dropped == 1; }));
  });
}

TEST_CASE("whom no origin answers does not stay" * doctest::test_suite("no-torture")) {
  const Socket silent;
  UdpStage stage(BackendKind::automatic, {silent.address()}, [](proxy::Config& config) {
    config.listeners[0].timeouts.tunnel_idle_ms = 600'000;
  });
  const Socket client;
  client.connect(stage.address());
  client.send("x");
  CHECK(silent.receive() == "x");
  CHECK(eventually([&] { return stage.ended(TunnelEnd::idle_timeout) == 1; }));
  CHECK(eventually([&] { return stage.now().tunnels == 0; }));
}

}  // namespace zest::test
