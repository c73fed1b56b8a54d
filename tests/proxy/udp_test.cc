// Listeners in mode udp: each client's datagrams go to one origin, and what comes back is its own.
#include <doctest/doctest.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <map>
#include <thread>

#include "net/datagrams.h"
#include "proxy/udp_stage.h"
#include "support/torture.h"
#include "sys/socket.h"

namespace zest::test {
namespace {

using proxy::TunnelEnd;

using Socket = UdpSocket;
using Echo = UdpEcho;

}  // namespace

TEST_CASE("each client's datagrams go to one origin, and what comes back is its own") {
  on_each_backend([](BackendKind kind) {
    const Echo one("1"), two("2");
    UdpStage stage(kind, {one.address(), two.address()});
    std::vector<std::unique_ptr<Socket>> clients;
    std::map<char, int> origins;
    for (int i = 0; i < 8; ++i) {
      const Socket& client = *clients.emplace_back(std::make_unique<Socket>());
      client.connect(stage.address());
      std::string first;
      for (const size_t size : {1UL, 0UL, 1200UL, 9000UL}) {
        const std::string bytes = pattern(size, static_cast<unsigned>(i));
        client.send(bytes);
        const std::string back = client.receive();
        if (first.empty()) first = back.substr(0, 1);
        CHECK((back == first + bytes));
      }
      ++origins[first.empty() ? '-' : first[0]];
    }
    CHECK(origins['1'] == 4);
    CHECK(origins['2'] == 4);
    CHECK(stage.now().tunnels == 8);
    CHECK(stage.now().connections == 8);
    CHECK(stage.now().totals.datagrams_from_clients == 32);
    CHECK(eventually([&] { return stage.now().totals.datagrams_to_clients == 32; }));
  });
}

TEST_CASE("one that can't be sent keeps no other" * doctest::test_suite("no-torture")) {
  const Socket from, to;
  const Socket into("[::1]:0", AF_INET6), client("[::1]:0", AF_INET6);
  zest::net::DatagramBatch batch;
  client.connect(into.address());
  client.send("a");
  client.send(pattern(65'520));  // more than IPv4 has room for
  client.send("b");
  REQUIRE(batch.receive(into.fd()) == 3);
  from.connect(to.address());
  const auto sent = batch.send(from.fd(), 0, 3);
  CHECK(sent.datagrams == 2);
  CHECK(sent.error == EMSGSIZE);
  CHECK(to.receive() == "a");
  CHECK(to.receive() == "b");
}

TEST_CASE("an origin that is gone ends the session, and the next one is asked") {
  on_each_backend([](BackendKind kind) {
    sys::Address nobody;
    {
      const Socket gone;
      nobody = gone.address();
    }
    const Echo echo;
    UdpStage stage(kind, {nobody, echo.address()});
    const Socket client;
    client.connect(stage.address());
    std::string back = "-";
    for (int i = 0; i < 100 && back == "-"; ++i) {
      client.send("x");
      back = client.receive(100);
    }
    CHECK(back == "x");
    CHECK(stage.ended(TunnelEnd::origin_broken) == 1);
  });
}

TEST_CASE("datagrams that the kernel joins arrive as they were sent") {
  on_each_backend([](BackendKind kind) {
    const Echo echo;
    UdpStage stage(kind, {echo.address()});
    const Socket client;
    client.connect(stage.address());
    client.send("first");
    CHECK(client.receive() == "first");
    const int segment = 1000;
    if (::setsockopt(client.fd(), IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof segment) != 0) return;
    const std::string bytes = pattern(10'500);
    client.send(bytes);
    std::string back;
    for (int i = 0; i < 11; ++i) {
      const std::string one = client.receive();
      CHECK(one.size() == (i < 10 ? 1000 : 500));
      back += one;
    }
    CHECK((back == bytes));
    CHECK(stage.now().totals.datagrams_from_clients == 12);
  });
}

TEST_CASE("an answer comes from the address that was asked, also where every address is bound") {
  on_each_backend([](BackendKind kind) {
    const Echo echo;
    for (const char* bind : {"0.0.0.0:0", "[::]:0"}) {
      UdpStage stage(kind, {echo.address()}, [bind](proxy::Config& config) {
        config.listeners[0].bind = *sys::Address::parse(bind);
      });
      sys::Address asked = *sys::Address::parse("127.0.0.9:0");
      asked.set_port(stage.address().port());
      const Socket client;
      client.connect(asked);  // hears of nobody else
      client.send("x");
      CHECK(client.receive() == "x");
    }
  });
}

TEST_CASE("who asks another address of ours is answered from there") {
  on_each_backend([](BackendKind kind) {
    const Echo echo;
    UdpStage stage(kind, {echo.address()}, [](proxy::Config& config) {
      config.listeners[0].bind = *sys::Address::parse("0.0.0.0:0");
    });
    const Socket client("0.0.0.0:0");
    for (const char* address : {"127.0.0.9:0", "127.0.0.8:0"}) {
      sys::Address asked = *sys::Address::parse(address);
      asked.set_port(stage.address().port());
      client.connect(asked);  // from the port that it has
      client.send("x");
      CHECK(client.receive() == "x");
    }
  });
}

TEST_CASE("who asks all of us is answered by one") {
  on_each_backend([](BackendKind kind) {
    const Echo echo;
    UdpStage stage(kind, {echo.address()}, [](proxy::Config& config) {
      config.listeners[0].bind = *sys::Address::parse("0.0.0.0:0");
    });
    const Socket client("0.0.0.0:0");
    const int yes = 1;
    ::setsockopt(client.fd(), SOL_SOCKET, SO_BROADCAST, &yes, sizeof yes);
    sys::Address all = *sys::Address::parse("127.255.255.255:0");
    all.set_port(stage.address().port());
    ::sendto(client.fd(), "x", 1, 0, all.get(), all.size());
    CHECK(client.receive() == "x");
  });
}

TEST_CASE("sessions go on through a reload, and new ones go where it says") {
  on_each_backend([](BackendKind kind) {
    const Echo old("o"), other("n");
    UdpStage stage(kind, {old.address()});
    const Socket client, later;
    client.connect(stage.address());
    client.send("x");
    CHECK(client.receive() == "ox");
    proxy::Config config = config_for(kind, other.address());
    config.listeners[0].mode = proxy::Mode::udp;
    config.listeners[0].upstream = 0;
    REQUIRE(stage.proxy->reload(config));
    client.send("y");
    CHECK(client.receive() == "oy");
    later.connect(stage.address());
    later.send("z");
    CHECK(later.receive() == "nz");
    CHECK(stage.now().tunnels == 2);
  });
}

TEST_CASE("an address that a reload takes away is free, whoever still talks there") {
  on_each_backend([](BackendKind kind) {
    const Echo echo;
    proxy::Config before;
    UdpStage stage(kind, {echo.address()}, [&](proxy::Config& config) {
      config.listeners[0].timeouts.tunnel_end_ms = 20'000;
      before = config;
    });
    const sys::Address held = stage.address();
    const Socket client;
    client.connect(held);
    client.send("x");
    CHECK(client.receive() == "x");
    before.listeners[0].bind = Socket().address();  // free again
    REQUIRE(stage.proxy->reload(before));
    CHECK(eventually([&] {
      client.send("y");
      const Fd other(::socket(AF_INET, SOCK_DGRAM, 0));
      return ::bind(other.get(), held.get(), held.size()) == 0;
    }));
    CHECK(stage.ended(TunnelEnd::cut) == 1);
    before.listeners[0].bind = held;
    CHECK(eventually([&] { return stage.proxy->reload(before).has_value(); }));
  });
}

TEST_CASE("a drain waits for sessions that are not quiet, at most until their deadline") {
  on_each_backend([](BackendKind kind) {
    const Echo echo;
    UdpStage stage(kind, {echo.address()}, [](proxy::Config& config) {
      config.listeners[0].timeouts.tunnel_idle_ms = 20;
      config.listeners[0].timeouts.tunnel_end_ms = 20'000;
    });
    const Socket client;
    client.connect(stage.address());
    client.send("x");
    CHECK(client.receive() == "x");
    const proxy::Receipt receipt = stage.proxy->drain(20'000);
    CHECK(receipt.complete);
    CHECK(stage.now().connections == 0);
  });
}

TEST_CASE("random datagrams from many clients leave nothing") {
  on_each_backend([](BackendKind kind) {
    const Echo echo;
    UdpStage stage(kind, {echo.address()}, [](proxy::Config& config) {
      config.workers = 2;
      config.listeners[0].timeouts.tunnel_idle_ms = 100;
    });
    for (size_t i = 0; i < load(200); ++i) {
      const Socket client;
      client.connect(stage.address());
      for (int n = 0; n < 5; ++n) client.send(pattern(i * 7 % 3000));
    }
    // Where nobody reads in time the kernel drops some; how many is its affair.
    CHECK(eventually([&] { return stage.now().totals.tunnels > 0; }));
    CHECK(eventually([&] { return stage.now().tunnels == 0 && stage.now().connections == 0; }));
  });
}

}  // namespace zest::test
