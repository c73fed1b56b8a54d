// The PROXY protocol: from those who may, in any pieces, and what it names is who has come.
#include <doctest/doctest.h>

#include "preface/proxy_header.h"
#include "proxy/stage.h"
#include "support/torture.h"
#include "sys/socket.h"

namespace zest::test {
namespace {

using preface::ProxyVersion;
using proxy::ProxyProtocol;

proxy::Block loopback() {
  proxy::Block block{.bits = 104};
  block.ip[10] = block.ip[11] = 0xff;
  block.ip[12] = 127;
  return block;
}

Change taking(ProxyProtocol how) {
  return [how](proxy::Config& config) {
    config.listeners[0].proxy_protocol = how;
    config.listeners[0].forwarded.trusted = {loopback()};
  };
}

std::string header(ProxyVersion version, const char* client = "192.0.2.7:4711") {
  const auto text = preface::write_proxy_header(version, *sys::Address::parse(client),
                                                *sys::Address::parse("198.51.100.1:443"));
  return std::string(text.view());
}

uint64_t refused(const Stage& stage, proxy::Refused why) {
  return stage.now().totals.refused[static_cast<size_t>(why)];
}

}  // namespace

TEST_CASE("who a PROXY header names is whom origin and log hear of") {
  on_each_backend([](BackendKind kind) {
    for (const ProxyVersion version : {ProxyVersion::v1, ProxyVersion::v2}) {
      Stage stage(kind, answering(ok("x")), taking(ProxyProtocol::trusted));
      Client client(stage);
      client.send(header(version) + get("/", "X-Forwarded-For: 203.0.113.1\r\n"));
      CHECK(client.answer().body == "x");
      // It is not a trusted proxy itself, so what it says of others does not count.
      CHECK(stage.origin.request().field("x-forwarded-for") == "192.0.2.7");
      CHECK(eventually([&] { return stage.notes.last().client == "192.0.2.7:4711"; }));
      CHECK(stage.now().totals.proxy_headers == 1);
      client.close();
      CHECK(stage.at_rest());
    }
  });
}

TEST_CASE("a PROXY header cut at every byte is the same header") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, answering(ok("x")), taking(ProxyProtocol::required));
    for (const ProxyVersion version : {ProxyVersion::v1, ProxyVersion::v2}) {
      const std::string bytes = header(version) + get();
      for (size_t cut = 1; cut < bytes.size(); cut += tortured() ? 17 : 1) {
        Client client(stage);
        client.send(std::string_view(bytes).substr(0, cut));
        client.send(std::string_view(bytes).substr(cut));
        CHECK(client.answer().body == "x");
      }
    }
    CHECK(stage.origin.request().field("x-forwarded-for") == "192.0.2.7");
    CHECK(stage.at_rest());
  });
}

TEST_CASE("a PROXY header byte by byte is the same header") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, answering(ok("x")), taking(ProxyProtocol::required));
    Client client(stage);
    for (const char c : header(ProxyVersion::v1) + get()) client.send({&c, 1});
    CHECK(client.answer().body == "x");
    CHECK(stage.origin.request().field("x-forwarded-for") == "192.0.2.7");
  });
}

TEST_CASE("who names nobody comes as itself") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, answering(ok("x")), taking(ProxyProtocol::trusted));
    const std::string local("\r\n\r\n\0\r\nQUIT\n\x20\0\0\0", 16);
    // Whoever it is may write this: its proxy passes bytes on, and adds none but the header.
    const std::string request = get("/", "X-Forwarded-For: 6.6.6.6\r\n");
    CHECK(ask(stage, "PROXY UNKNOWN\r\n" + request).body == "x");
    CHECK(ask(stage, local + request).body == "x");
    for (const Message& seen : stage.origin.requests())
      CHECK(seen.field("x-forwarded-for") == "127.0.0.1");
  });
}

TEST_CASE("who must begin with a PROXY header and does not is let go") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, answering(ok("x")), taking(ProxyProtocol::trusted));
    Client plain(stage);
    plain.send(get());
    CHECK(plain.read_all() == "");
    Client malformed(stage);
    malformed.send("PROXY TCP4 nobody nowhere 1 2\r\n" + get());
    CHECK(malformed.read_all() == "");
    CHECK(refused(stage, proxy::Refused::proxy_header) == 2);
    CHECK(stage.origin.connections() == 0);
    plain.close();
    malformed.close();
    CHECK(stage.at_rest());
  });
}

TEST_CASE("from who is not trusted a PROXY header is a bad request, or nobody is served") {
  on_each_backend([](BackendKind kind) {
    for (const ProxyProtocol how : {ProxyProtocol::trusted, ProxyProtocol::required}) {
      Stage stage(kind, answering(ok("x")), [how](proxy::Config& config) {
        taking(how)(config);
        config.listeners[0].forwarded.trusted[0].ip[12] = 10;
      });
      const bool required = how == ProxyProtocol::required;
      Client sends(stage);
      sends.send(header(ProxyVersion::v1) + get());
      CHECK(sends.answer().status() == (required ? 0 : 400));
      Client plain(stage);
      plain.send(get());
      CHECK(plain.answer().status() == (required ? 0 : 200));
      CHECK(refused(stage, proxy::Refused::not_trusted) == (required ? 2 : 0));
    }
  });
}

TEST_CASE("a PROXY header that does not come in time ends it") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, answering(ok("x")), [](proxy::Config& config) {
      taking(ProxyProtocol::required)(config);
      config.listeners[0].timeouts.preface_ms = 50;
    });
    Client silent(stage);
    Client slow(stage);
    slow.send("PROXY TCP4 192.0.2.1");
    CHECK(silent.read_all() == "");
    CHECK(slow.read_all() == "");
    CHECK(stage.fired(proxy::Timeout::preface) == 2);
    silent.close();
    slow.close();
    CHECK(stage.at_rest());
  });
}

TEST_CASE("who leaves in the middle of a PROXY header leaves nothing") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, answering(ok("x")), taking(ProxyProtocol::required));
    for (int i = 0; i < static_cast<int>(load(20)); ++i) {
      Client client(stage);
      client.send("PROXY TCP");
      if (i % 2) client.reset();
    }
    CHECK(stage.at_rest());
  });
}

TEST_CASE("the limit per client is that of who is named") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, answering(ok("x")), [](proxy::Config& config) {
      taking(ProxyProtocol::required)(config);
      config.listeners[0].limits.connections_per_client = 1;
    });
    Client one(stage), other(stage), again(stage);
    one.send(header(ProxyVersion::v2) + get());
    CHECK(one.answer().body == "x");
    other.send(header(ProxyVersion::v2, "192.0.2.8:1") + get());
    CHECK(other.answer().body == "x");
    again.send(header(ProxyVersion::v2, "192.0.2.7:2") + get());
    CHECK(again.read_all() == "");
    CHECK(stage.hit(proxy::Limit::connections_per_client) == 1);
    for (Client* client : {&one, &other, &again}) client->close();
    CHECK(stage.at_rest());
  });
}

TEST_CASE("connections that have not said who they are go when it drains") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, answering(ok("x")), taking(ProxyProtocol::required));
    Client client(stage);
    client.send("PROXY");
    REQUIRE(eventually([&] { return stage.now().connections == 1; }));
    const proxy::Receipt receipt = stage.proxy->drain(20'000);
    CHECK(receipt.complete);
    CHECK(client.read_all() == "");
  });
}

TEST_CASE("origins are told by a PROXY header, once for each request") {
  on_each_backend([](BackendKind kind) {
    for (const ProxyVersion version : {ProxyVersion::v1, ProxyVersion::v2}) {
      std::mutex mutex;
      std::vector<preface::ProxyHeader> headers;
      const auto origin = [&](Visit& visit) {
        const std::string first = visit.read(version == ProxyVersion::v1 ? 6 : 28);
        std::string line = first;
        while (version == ProxyVersion::v1 && !line.ends_with("\r\n")) {
          const std::string next = visit.read(1);
          if (next.empty()) return;
          line += next;
        }
        {
          const std::lock_guard lock(mutex);
          headers.push_back(preface::read_proxy_header(line));
        }
        while (visit.request().whole) visit.send(ok("x"));
      };
      Stage stage(kind, origin,
                  [&](proxy::Config& config) { config.upstreams[0].send_proxy = version; });
      Client client(stage);
      for (int i = 0; i < 3; ++i) {
        client.send(get());
        CHECK(client.answer().body == "x");
      }
      CHECK(stage.origin.connections() == 3);
      CHECK(stage.origin.request().field("connection") == "close");
      const std::lock_guard lock(mutex);
      REQUIRE(headers.size() == 3);
      for (const preface::ProxyHeader& one : headers) {
        REQUIRE(one.state == preface::ProxyHeader::State::done);
        CHECK(one.source.format().view() ==
              sys::local_address(client.fd().get()).value_or(sys::Address()).format().view());
        CHECK(one.destination.format().view() == stage.address().format().view());
      }
    }
  });
}

TEST_CASE("where a client went is told as the proxy in front told it") {
  on_each_backend([](BackendKind kind) {
    std::string told;
    const auto origin = [&](Visit& visit) {
      told = visit.read(header(ProxyVersion::v2).size());
      while (visit.request().whole) visit.send(ok("x"));
    };
    Stage stage(kind, origin, [](proxy::Config& config) {
      taking(ProxyProtocol::required)(config);
      config.upstreams[0].send_proxy = ProxyVersion::v2;
    });
    CHECK(ask(stage, header(ProxyVersion::v1) + get()).body == "x");
    CHECK(told == header(ProxyVersion::v2));
  });
}

}  // namespace zest::test
