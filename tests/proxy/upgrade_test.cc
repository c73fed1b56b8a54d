// A change of protocol: only after an origin's 101 and to what was asked for; what is not changed
// goes on as HTTP; what the client sends early is nobody's request.
#include <doctest/doctest.h>
#include <sys/socket.h>

#include "proxy/stage.h"
#include "support/torture.h"

namespace zest::test {
namespace {

using proxy::TunnelEnd;

constexpr std::string_view wanted = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
constexpr std::string_view agreed =
    "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: WebSocket\r\n"
    "Sec-WebSocket-Accept: x\r\n\r\n";

// Says what it hears, once it has agreed.
void echo(Visit& visit) {
  if (!visit.request().whole) return;
  visit.send(agreed);
  for (std::string piece = visit.read(1); !piece.empty(); piece = visit.read(1)) visit.send(piece);
}

bool ended_as(const Stage& stage, TunnelEnd end) {
  return eventually([&] {
    const proxy::Totals totals = stage.now().totals;
    return totals.tunnel_ends[static_cast<size_t>(end)] == 1 && stage.now().tunnels == 0;
  });
}

bool refuses(const sys::Address& address) {
  const Fd fd(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  return ::connect(fd.get(), address.get(), address.size()) < 0;
}

}  // namespace

TEST_CASE("after a 101 bytes pass both ways until both have ended, and one line is noted") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, echo);
    Client client(stage);
    client.send(get("/chat?x", wanted));
    const std::string head = client.head();
    CHECK(head.starts_with("HTTP/1.1 101 Switching Protocols\r\n"));
    const Message answer{.head = head, .body = {}, .whole = true};
    CHECK(answer.field("upgrade") == "WebSocket");
    CHECK(answer.field("connection") == "upgrade");
    CHECK(answer.field("sec-websocket-accept") == "x");
    CHECK(answer.field("date") == "-");
    CHECK(stage.origin.request().field("upgrade") == "websocket");
    CHECK(stage.origin.request().field("connection") == "upgrade");
    client.send("hello");
    CHECK(client.read(5) == "hello");
    CHECK(stage.now().tunnels == 1);
    client.finish();
    CHECK(client.ended());
    client.close();
    CHECK(ended_as(stage, TunnelEnd::done));
    CHECK(stage.at_rest());
    CHECK(stage.now().idle_links == 0);
    CHECK(stage.now().totals.answers[1] == 1);
    REQUIRE(eventually([&] { return stage.notes.all().size() == 1; }));
    const Notes::Note note = stage.notes.last();
    CHECK(note.status == 101);
    CHECK(note.target == "/chat?x");
    CHECK(note.host == "a.test");
    CHECK(note.tunnel == TunnelEnd::done);
    CHECK(note.bytes_out == head.size() + 5);
  });
}

TEST_CASE("what both sides send with their heads passes, too") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, [](Visit& visit) {
      if (!visit.request().whole) return;
      visit.send(std::string(agreed) + "from the origin");
      CHECK(visit.read(15) == "from the client");
    });
    Client client(stage);
    client.send(get("/", wanted) + "from the client");
    CHECK(client.head().starts_with("HTTP/1.1 101"));
    CHECK(client.read_all() == "from the origin");
  });
}

TEST_CASE("nothing behind the head reaches an origin that has not agreed") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, [](Visit& visit) {
      while (visit.request().whole) {
        CHECK(visit.silent(tortured() ? 5 : 50));
        visit.send(ok("plain"));
      }
    });
    Client client(stage);
    client.send(get("/", wanted) + "\x81\x05hello");
    CHECK(client.answer().body == "plain");
    // It was no tunnel, so that is a request, and a bad one.
    CHECK(client.answer().status() == 400);
    CHECK(stage.origin.requests().size() == 1);
    CHECK(stage.now().totals.tunnels == 0);
  });
}

TEST_CASE("an answer that is not 101 goes on as HTTP, and so does the connection") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, answering(ok("plain")));
    Client client(stage);
    for (int i = 0; i < 3; ++i) {
      client.send(get("/", wanted));
      CHECK(client.answer().body == "plain");
    }
    client.send(get());
    CHECK(client.answer().body == "plain");
    CHECK(stage.origin.connections() == 1);
  });
}

TEST_CASE("what may not be asked for is not passed on") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, answering(ok("plain")));
    for (const char* fields : {
             "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n",
             "Connection: Upgrade\r\nUpgrade: websocket, h2c\r\n",
             "Connection: Upgrade\r\nUpgrade: H2C\r\n",
             "Connection: Upgrade\r\nUpgrade: HTTP/2.0\r\n",
             "Connection: Upgrade\r\nUpgrade: TLS/1.0\r\n",
             "Upgrade: websocket\r\n",
             "Connection: Upgrade\r\n",
             "Connection: close, Upgrade\r\nUpgrade: \r\n",
             "Connection: Upgrade\r\nUpgrade: websocket\r\nUpgrade: websocket\r\n",
             "Connection: Upgrade\r\nUpgrade: web socket\r\n",
             "Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 0\r\n",
         }) {
      CAPTURE(fields);
      CHECK(ask(stage, get("/", fields)).body == "plain");
    }
    CHECK(ask(stage, post("body", wanted)).body == "plain");
    const std::string plain = "GET / HTTP/1.0\r\nHost: a\r\n" + std::string(wanted) + "\r\n";
    CHECK(ask(stage, plain).body == "plain");
    for (const Message& request : stage.origin.requests()) {
      CAPTURE(request.head);
      CHECK(request.field("upgrade") == "-");
      CHECK(request.field("connection") == "-");
      CHECK(request.field("http2-settings") == "-");
    }
  });
}

TEST_CASE("a 101 to what was not asked for is a bad answer") {
  on_each_backend([](BackendKind kind) {
    for (const char* fields : {"", "Upgrade: websocket\r\n", "Connection: upgrade\r\n",
                               "Connection: upgrade\r\nUpgrade: h2c\r\n",
                               "Connection: upgrade\r\nUpgrade: websocket\r\nUpgrade: x\r\n"}) {
      CAPTURE(fields);
      Stage stage(kind, answering("HTTP/1.1 101 S\r\n" + std::string(fields) + "\r\n"));
      CHECK(ask(stage, get("/", wanted)).status() == 502);
      CHECK(stage.now().totals.tunnels == 0);
      CHECK(stage.now().idle_links == 0);
    }
    Stage stage(kind, answering(std::string(agreed)));
    CHECK(ask(stage, get()).status() == 502);
  });
}

TEST_CASE("a route may leave upgrades out") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, answering(ok("plain")),
                [](proxy::Config& config) { config.routes[0].upgrade = false; });
    CHECK(ask(stage, get("/", wanted)).body == "plain");
    CHECK(stage.origin.request().field("upgrade") == "-");
  });
}

TEST_CASE("a tunnel comes behind answers that were asked for before it") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, [](Visit& visit) {
      for (Message request = visit.request(); request.whole; request = visit.request()) {
        if (request.field("upgrade") == "-") {
          visit.send(ok("first"));
          continue;
        }
        visit.send(agreed);
        visit.send(visit.read(5));
        return;
      }
    });
    Client client(stage);
    client.send(get("/1") + get("/2", wanted) + "hello");
    CHECK(client.answer().body == "first");
    CHECK(client.head().starts_with("HTTP/1.1 101"));
    CHECK(client.read_all() == "hello");
  });
}

TEST_CASE("a tunnel in which nothing moves ends, and says so") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, echo,
                [](proxy::Config& config) { config.listeners[0].timeouts.tunnel_idle_ms = 50; });
    Client client(stage);
    client.send(get("/", wanted));
    CHECK(client.head().starts_with("HTTP/1.1 101"));
    CHECK(client.read_all() == "");
    CHECK(ended_as(stage, TunnelEnd::idle_timeout));
    CHECK(stage.fired(proxy::Timeout::tunnel_idle) == 1);
    CHECK(eventually([&] { return stage.notes.last().timeout == proxy::Timeout::tunnel_idle; }));
  });
}

TEST_CASE("a side that breaks breaks the other") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, echo);
    Client client(stage);
    client.send(get("/", wanted) + "x");
    CHECK(client.head().starts_with("HTTP/1.1 101"));
    CHECK(client.read(1) == "x");
    client.reset();
    CHECK(ended_as(stage, TunnelEnd::client_broken));
    CHECK(stage.at_rest());
  });
}

TEST_CASE("tunnels that end while draining are counted, and those that don't are cut") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, echo, [](proxy::Config& config) {
      config.listeners[0].timeouts.tunnel_end_ms = tortured() ? 100 : 2'000;
    });
    Client ends(stage);
    Client stays(stage);
    for (Client* client : {&ends, &stays}) {
      client->send(get("/", wanted));
      CHECK(client->head().starts_with("HTTP/1.1 101"));
    }
    REQUIRE(eventually([&] { return stage.now().tunnels == 2; }));
    proxy::Receipt receipt;
    std::jthread drains([&] { receipt = stage.proxy->drain(20'000); });
    REQUIRE(eventually([&] { return refuses(stage.address()); }));
    ends.send("bye");
    CHECK(ends.read(3) == "bye");
    ends.finish();
    CHECK(ends.ended());
    ends.close();
    CHECK(stays.read_all() == "");
    stays.close();
    drains.join();
    CHECK(receipt.tunnels == 1);
    CHECK(receipt.forced == 1);
    CHECK_FALSE(receipt.complete);
  });
}

}  // namespace zest::test
