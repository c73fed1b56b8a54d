// Tunnels with TLS in front, its records in user space or, where the kernel has TLS, in the kernel.
#include <doctest/doctest.h>

#include "proxy/secure_client.h"
#include "support/torture.h"

namespace zest::test {
namespace {

using proxy::TunnelEnd;
using tls::KernelMode;

void to_app(proxy::Config& config) {
  config.listeners[0].mode = proxy::Mode::tcp;
  config.listeners[0].upstream = 0;
}

void say_back(Visit& visit) {
  for (std::string piece = visit.read(1); !piece.empty(); piece = visit.read(1)) visit.send(piece);
}

bool ended_as(const Stage& stage, TunnelEnd end) {
  return eventually([&] {
    const proxy::Totals totals = stage.now().totals;
    return totals.tunnel_ends[static_cast<size_t>(end)] == 1 && stage.now().tunnels == 0;
  });
}

}  // namespace

TEST_CASE("TLS in front of a tunnel: the origin sees what is in it, and the end is an end") {
  on_each_place([](BackendKind kind, KernelMode mode) {
    Stage stage(kind, say_back, with_tls(mode, to_app));
    SecureClient client(stage);
    REQUIRE(client.shake_hands());
    const std::string bytes = pattern(load(300'000));
    std::string back;
    for (size_t at = 0; at < bytes.size(); at += 30'000) {
      client.send(bytes.substr(at, 30'000));
      back += client.read(std::min<size_t>(30'000, bytes.size() - at));
    }
    CHECK((back == bytes));
    client.say_end();
    client.finish();
    CHECK(client.ended());
    CHECK(client.said_end());
    CHECK(ended_as(stage, TunnelEnd::done));
    client.close();
    CHECK(stage.at_rest());
    CHECK(eventually([&] { return stage.notes.last().host == "www.example.org"; }));
  });
}

TEST_CASE("an end of TLS that was not announced is no end") {
  on_each_place([](BackendKind kind, KernelMode mode) {
    Stage stage(kind, say_back, with_tls(mode, to_app));
    SecureClient client(stage);
    REQUIRE(client.shake_hands());
    client.send("x");
    CHECK(client.read(1) == "x");
    client.finish();
    CHECK(ended_as(stage, TunnelEnd::client_broken));
    client.close();
    CHECK(stage.at_rest());
  });
}

TEST_CASE("the name that TLS in front was asked for decides") {
  on_each_place([](BackendKind kind, KernelMode mode) {
    Origin other([](Visit& visit) { visit.send("other"); });
    Stage stage(
        kind, [](Visit& visit) { visit.send("default"); },
        with_tls(mode, [&](proxy::Config& config) {
          to_app(config);
          config.listeners[0].sni_routes = true;
          config.upstreams.resize(2);
          config.upstreams[1] = {.name = "other", .addrs = {other.address()}};
          config.routes = {{.sni = "*.example.org", .upstream = 1}};
        }));
    SecureClient client(stage);
    REQUIRE(client.shake_hands());
    CHECK(client.read_all() == "other");
  });
}

TEST_CASE("an upgrade within TLS") {
  on_each_place([](BackendKind kind, KernelMode mode) {
    Stage stage(
        kind,
        [](Visit& visit) {
          if (!visit.request().whole) return;
          visit.send("HTTP/1.1 101 S\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n");
          say_back(visit);
        },
        with_tls(mode));
    SecureClient client(stage);
    REQUIRE(client.shake_hands());
    client.send(get("/", "Connection: upgrade\r\nUpgrade: x\r\n") + "early");
    CHECK(client.head().starts_with("HTTP/1.1 101"));
    CHECK(client.read(5) == "early");
    for (const size_t size : {1UL, 16'384UL, 70'000UL}) {
      const std::string bytes = pattern(size);
      client.send(bytes);
      CHECK((client.read(size) == bytes));
    }
    client.say_end();
    client.finish();
    CHECK(client.ended());
    CHECK(ended_as(stage, TunnelEnd::done));
  });
}

}  // namespace zest::test
