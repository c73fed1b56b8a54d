// CONNECT: nowhere unless it is said where; 200 only once somebody has taken the connection.
#include <doctest/doctest.h>

#include "proxy/stage.h"
#include "support/torture.h"

namespace zest::test {
namespace {

proxy::Destination loopback(uint16_t port) {
  proxy::Destination destination{.block = {.bits = 104}, .port = port};
  destination.block.ip[10] = destination.block.ip[11] = 0xff;
  destination.block.ip[12] = 127;
  return destination;
}

std::string connect_to(const std::string& where) {
  return "CONNECT " + where + " HTTP/1.1\r\nHost: " + where + "\r\n\r\n";
}

std::string text_of(const sys::Address& address) { return address.format().c_str(); }

void say_back(Visit& visit) {
  for (std::string piece = visit.read(1); !piece.empty(); piece = visit.read(1)) visit.send(piece);
}

void allow_loopback(proxy::Config& config) { config.listeners[0].connects = {loopback(0)}; }

}  // namespace

TEST_CASE("CONNECT joins the client with where it wanted to go") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, say_back, allow_loopback);
    Client client(stage);
    const std::string where = text_of(stage.origin.address());
    client.send(connect_to(where) + "early");
    const std::string head = client.head();
    CHECK(head.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(head.find("ontent-") == std::string::npos);
    CHECK(head.find("ransfer-") == std::string::npos);
    CHECK(client.read(5) == "early");
    client.send("later");
    CHECK(client.read(5) == "later");
    client.finish();
    CHECK(client.ended());
    client.close();
    CHECK(stage.at_rest());
    REQUIRE(eventually([&] { return stage.notes.all().size() == 1; }));
    const Notes::Note note = stage.notes.last();
    CHECK(note.method == "CONNECT");
    CHECK(note.target == where);
    CHECK(note.status == 200);
    CHECK(note.tunnel == proxy::TunnelEnd::done);
  });
}

// On epoll what was asked of an fd is remembered by its number.
TEST_CASE("CONNECT to where nobody listens leaves its fd's number as it was") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, answering(ok("x")), [](proxy::Config& config) {
      allow_loopback(config);
      config.upstreams[0].keepalive = false;
    });
    const std::string nobody = text_of(listening().address);
    for (int i = 0; i < 5; ++i) CHECK(ask(stage, connect_to(nobody)).status() == 502);
    for (int i = 0; i < 5; ++i) CHECK(ask(stage, get()).body == "x");
    CHECK(stage.at_rest());
  });
}

TEST_CASE("an answer does not wait for the CONNECT behind it") {
  on_each_backend([](BackendKind kind) {
    const Listening full = listening(0, false);
    const Fd first = connected_to(full.address);
    Stage stage(kind, answering(ok("x")), allow_loopback);
    Client client(stage);
    client.send(get() + connect_to(text_of(full.address)));
    CHECK(client.answer().body == "x");
    CHECK(stage.now().totals.upstream_connect_failures == 0);
    client.reset();
  });
}

TEST_CASE("CONNECT where it is not allowed is refused, and what follows is no request") {
  on_each_backend([](BackendKind kind) {
    const Change one_port = [](proxy::Config& config) {
      config.listeners[0].connects = {loopback(1)};
    };
    Stage stage(kind, answering(ok("x")), one_port);
    const std::string port = std::to_string(stage.origin.address().port());
    for (const std::string& where :
         {"127.0.0.1:" + port, "[::1]:" + port, std::string("10.0.0.1:1"), std::string("0.0.0.0:1"),
          std::string("[::]:1"), std::string("127.0.0.1:0"), std::string("localhost:1"),
          std::string("unix:1"), std::string("128.0.0.1:1")}) {
      CAPTURE(where);
      Client client(stage);
      client.send(connect_to(where) + get("/smuggled"));
      const Message answer = client.answer();
      CHECK(answer.status() == 403);
      CHECK(answer.field("connection") == "close");
      CHECK(client.answer().head == "");
    }
    CHECK(stage.origin.connections() == 0);
    CHECK(stage.at_rest());
  });
}

TEST_CASE("IPv4 written as IPv6 is allowed where it is as IPv4") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, say_back, allow_loopback);
    Client client(stage);
    client.send(connect_to("[::ffff:127.0.0.1]:" + std::to_string(stage.origin.address().port())));
    CHECK(client.head().starts_with("HTTP/1.1 200"));
  });
}

TEST_CASE("without a list CONNECT is not served") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, answering(ok("x")));
    Client client(stage);
    client.send(connect_to(text_of(stage.origin.address())) + get("/smuggled"));
    const Message answer = client.answer();
    CHECK(answer.status() == 405);
    CHECK(answer.field("allow") != "-");
    CHECK(client.answer().head == "");
    CHECK(stage.origin.connections() == 0);
  });
}

TEST_CASE("where nobody listens is no 200") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, answering(ok("x")), allow_loopback);
    sys::Address nobody;
    {
      const Listening gone = listening();
      nobody = gone.address;
    }
    Client client(stage);
    client.send(connect_to(text_of(nobody)));
    const Message answer = client.answer();
    CHECK(answer.status() == 502);
    CHECK(answer.field("connection") == "close");
    CHECK(stage.now().totals.upstream_connect_failures == 1);
    client.close();
    CHECK(stage.at_rest());
  });
}

}  // namespace zest::test
