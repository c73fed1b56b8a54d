// Listeners in mode tcp that look at the ClientHello: the name in it decides where it goes, and
// what looks at it takes nothing away.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "preface/hello.h"
#include "preface/proxy_header.h"
#include "proxy/stage.h"
#include "support/torture.h"

namespace zest::test {
namespace {

void to_app(proxy::Config& config) {
  config.listeners[0].mode = proxy::Mode::tcp;
  config.listeners[0].upstream = 0;
}

void say_back(Visit& visit) {
  for (std::string piece = visit.read(1); !piece.empty(); piece = visit.read(1)) visit.send(piece);
}

// Tells first who it is, then says back.
struct Named {
  explicit Named(std::string name)
      : origin([name = std::move(name)](Visit& visit) {
          visit.send(name + "\n");
          say_back(visit);
        }) {}
  Origin origin;
};

}  // namespace

TEST_CASE("the name that TLS asks for decides, wherever the ClientHello is cut") {
  on_each_backend([](BackendKind kind) {
    Named exact("exact"), wild("wild");
    Stage stage(
        kind,
        [](Visit& visit) {
          visit.send("default\n");
          say_back(visit);
        },
        [&](proxy::Config& config) {
          to_app(config);
          config.listeners[0].sni_routes = true;
          config.upstreams.resize(3);
          config.upstreams[1] = {.name = "exact", .addrs = {exact.origin.address()}};
          config.upstreams[2] = {.name = "wild", .addrs = {wild.origin.address()}};
          config.routes = {{.sni = "*.example.org", .upstream = 2},
                           {.sni = "a.example.org", .upstream = 1}};
        });
    const auto goes_to = [&](const std::string& bytes, size_t cut) {
      Client client(stage);
      client.send(std::string_view(bytes).substr(0, cut));
      if (cut < bytes.size()) pause_ms(0);
      client.send(std::string_view(bytes).substr(cut));
      std::string name;
      while (!name.ends_with('\n')) {
        const std::string next = client.read(1);
        if (next.empty()) return "ended after " + name;
        name += next;
      }
      CHECK((client.read(bytes.size()) == bytes));
      return name;
    };
    const std::string hello = hello_records(hello_message("a.example.org"));
    for (size_t cut = 1; cut <= hello.size(); cut += tortured() ? 40 : 1)
      CHECK(goes_to(hello, cut) == "exact\n");
    CHECK(goes_to(hello_records(hello_message("A.Example.ORG"), 20), 33) == "exact\n");
    CHECK(goes_to(hello_records(hello_message("b.example.org", 5000), 1000), 100) == "wild\n");
    CHECK(goes_to(hello_records(hello_message("example.org")), 9) == "default\n");
    CHECK(goes_to("SSH-2.0-x\r\n", 3) == "default\n");
    // In the order of their ends, which is nobody's promise.
    const auto noted = [&](std::string_view host, std::string_view upstream) {
      return std::ranges::any_of(stage.notes.all(), [&](const auto& note) {
        return note.host == host && note.upstream == upstream;
      });
    };
    CHECK(eventually([&] { return noted("", "app"); }));
    CHECK(eventually([&] { return noted("a.example.org", "exact"); }));
    CHECK(eventually([&] { return noted("b.example.org", "wild"); }));
    CHECK(stage.at_rest());
  });
}

TEST_CASE("a ClientHello byte by byte is the same ClientHello") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, say_back, [](proxy::Config& config) {
      to_app(config);
      config.listeners[0].sni_routes = true;
    });
    const std::string hello = hello_records(hello_message("a.example.org"), 7);
    Client client(stage);
    for (const char c : hello) client.send({&c, 1});
    CHECK((client.read(hello.size()) == hello));
  });
}

TEST_CASE("a ClientHello that is none, too long, late, or for nobody ends it") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, say_back, [](proxy::Config& config) {
      to_app(config);
      config.listeners[0].upstream = proxy::no_upstream;
      config.listeners[0].sni_routes = true;
      config.listeners[0].timeouts.preface_ms = tortured() ? 50 : 300;
      config.routes = {{.sni = "a.example.org"}};
    });
    const auto refused = [&](proxy::Refused why) {
      return stage.now().totals.refused[static_cast<size_t>(why)];
    };
    std::string spoilt = hello_message("a.example.org");
    spoilt[3] = static_cast<char>(spoilt[3] - 1);
    Client malformed(stage), large(stage), other(stage), late(stage), plain(stage);
    malformed.send(hello_records(spoilt));
    CHECK(malformed.read_all() == "");
    large.send(hello_records(hello_message("a.example.org", 20'000)));
    CHECK(large.read_all() == "");
    CHECK(refused(proxy::Refused::client_hello) == 2);
    other.send(hello_records(hello_message("b.example.org")));
    CHECK(other.read_all() == "");
    plain.send(get());
    CHECK(plain.read_all() == "");
    CHECK(refused(proxy::Refused::no_route) == 2);
    late.send(hello_records(hello_message("a.example.org")).substr(0, 30));
    CHECK(late.read_all() == "");
    CHECK(stage.fired(proxy::Timeout::preface) == 1);
    for (Client* client : {&malformed, &large, &other, &late, &plain}) client->close();
    CHECK(stage.at_rest());
    CHECK(stage.origin.connections() == 0);
  });
}

TEST_CASE("random beginnings of TLS leave nothing") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, say_back, [](proxy::Config& config) {
      to_app(config);
      config.listeners[0].upstream = proxy::no_upstream;
      config.listeners[0].sni_routes = true;
      config.listeners[0].timeouts.preface_ms = 100;
    });
    std::mt19937 random(3);
    for (size_t round = 0; round < load(200); ++round) {
      std::string hello = hello_message("a.example.org", random() % 300);
      for (int i = 0; i < 3; ++i) hello[random() % hello.size()] = static_cast<char>(random());
      Client client(stage);
      client.send(hello_records(hello, 1 + random() % 200));
      if (round % 2) client.finish();
      if (round % 3 == 0) client.reset();
    }
    CHECK(stage.at_rest());
  });
}

TEST_CASE("a PROXY header comes in, another one goes out, and a ClientHello stands behind it") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, say_back, [](proxy::Config& config) {
      to_app(config);
      proxy::ListenerConfig& listener = config.listeners[0];
      listener.upstream = proxy::no_upstream;
      listener.sni_routes = true;
      listener.proxy_protocol = proxy::ProxyProtocol::required;
      listener.forwarded.trusted = {{.ip = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, .bits = 96}};
      config.upstreams[0].send_proxy = preface::ProxyVersion::v2;
      config.routes = {{.sni = "a.example.org"}};
    });
    const auto from = *sys::Address::parse("192.0.2.7:4711");
    const auto to = *sys::Address::parse("198.51.100.1:443");
    const auto in = preface::write_proxy_header(preface::ProxyVersion::v1, from, to);
    const auto out = preface::write_proxy_header(preface::ProxyVersion::v2, from, to);
    const std::string hello = hello_records(hello_message("a.example.org"));
    const std::string bytes = std::string(in.view()) + hello;
    for (size_t cut = 1; cut < bytes.size(); cut += tortured() ? 40 : 7) {
      Client client(stage);
      client.send(std::string_view(bytes).substr(0, cut));
      client.send(std::string_view(bytes).substr(cut));
      CHECK((client.read(out.size + hello.size()) == std::string(out.view()) + hello));
    }
    CHECK(eventually([&] { return stage.notes.last().client == "192.0.2.7:4711"; }));
  });
}

}  // namespace zest::test
