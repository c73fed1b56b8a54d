// Connections that are used again, on both sides, and requests that don't wait for answers.
#include <doctest/doctest.h>

#include "proxy/stage.h"
#include "support/torture.h"

namespace zest::test {
namespace {

// Answers with the request's target.
void tell_target(Visit& visit) {
  for (Message request = visit.request(); request.whole; request = visit.request()) {
    const std::string line = request.first_line();
    visit.send(ok(line.substr(4, line.rfind(' ') - 4)));
  }
}

}  // namespace

TEST_CASE("many requests of one client go through one connection to the origin") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, tell_target);
    Client client(stage);
    for (int i = 0; i < 50; ++i) {
      client.send(get("/" + std::to_string(i)));
      const Message answer = client.answer();
      CHECK(answer.status() == 200);
      CHECK(answer.body == "/" + std::to_string(i));
      CHECK(answer.field("connection") == "-");
    }
    CHECK(stage.origin.connections() == 1);
    CHECK(stage.now().totals.requests == 50);
    CHECK(stage.now().totals.upstream_reused == 49);
    CHECK(stage.now().totals.answers[2] == 50);
  });
}

TEST_CASE("clients one after the other share a connection to the origin") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, tell_target);
    for (int i = 0; i < 5; ++i) CHECK(ask(stage, get("/x")).body == "/x");
    CHECK(stage.origin.connections() == 1);
    CHECK(stage.at_rest());
    CHECK(stage.now().idle_links == 1);
  });
}

TEST_CASE("pipelined requests are answered in their order") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, tell_target);
    Client client(stage);
    std::string requests;
    for (int i = 0; i < 200; ++i) requests += get("/" + std::to_string(i));
    client.send(requests);
    size_t bytes = 0;
    for (int i = 0; i < 200; ++i) {
      const Message answer = client.answer();
      CHECK(answer.body == "/" + std::to_string(i));
      bytes += answer.head.size() + answer.body.size();
    }
    CHECK(eventually([&] { return stage.now().totals.answers[2] == 200; }));
    CHECK(stage.now().totals.bytes_to_clients == bytes);
    CHECK(stage.now().totals.bytes_from_clients == requests.size());
  });
}

TEST_CASE("a line that a client puts behind a body begins nothing") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, tell_target,
                [](proxy::Config& config) { config.listeners[0].timeouts.head_ms = 30; });
    Client client(stage);
    for (int i = 0; i < 3; ++i) {
      client.send(post("body") + "\r\n");
      CHECK(client.answer().status() == 200);
      CHECK(client.silent(100));
    }
    CHECK(stage.fired(proxy::Timeout::head) == 0);
    CHECK(stage.now().totals.requests == 3);
    CHECK(stage.now().totals.bytes_from_clients == 3 * (post("body").size() + 2));
  });
}

TEST_CASE("what came in pieces is counted once") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, tell_target);
    Client client(stage);
    const std::string request = post(pattern(30'000));
    client.send(request.substr(0, 10));
    CHECK(eventually([&] { return stage.now().totals.connections_accepted == 1; }));
    pause_ms(5);
    client.send(request.substr(10));
    CHECK(client.answer().status() == 200);
    CHECK(eventually([&] { return stage.now().totals.answers[2] == 1; }));
    CHECK(stage.now().totals.bytes_from_clients == request.size());
  });
}

TEST_CASE("a pipelined request behind a body is the next request") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, [](Visit& visit) {
      for (Message request = visit.request(); request.whole; request = visit.request())
        visit.send(ok(request.first_line().substr(0, 4) + request.body));
    });
    Client client(stage);
    client.send(post("one") + post_chunked("two") + get("/") + post(""));
    CHECK(client.answer().body == "POSTone");
    CHECK(client.answer().body == "POSTtwo");
    CHECK(client.answer().body == "GET ");
    CHECK(client.answer().body == "POST");
  });
}

TEST_CASE("an answer that is ready does not wait for the next one") {
  const int64_t slow_ms = tortured() ? 40 : 400;
  on_each_backend([slow_ms](BackendKind kind) {
    Stage stage(kind, [slow_ms](Visit& visit) {
      for (Message request = visit.request(); request.whole; request = visit.request()) {
        if (request.first_line().find("slow") != std::string::npos) pause_ms(slow_ms);
        visit.send(ok("x"));
      }
    });
    Client client(stage);
    client.send(get("/") + get("/slow"));
    const int64_t began_ns = system_clock().now_ns();
    CHECK(client.answer().whole);
    CHECK((tortured() || system_clock().now_ns() - began_ns < slow_ms / 2 * ns_per_ms));
    CHECK(client.answer().whole);
  });
}

TEST_CASE("the pieces of an answer do not wait for the client to acknowledge the last one") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, [](Visit& visit) {
      while (visit.request().whole) {
        for (const char* piece : {"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n", "te", "xt"}) {
          visit.send(piece);
          pause_ms(2);
        }
      }
    });
    Client client(stage);
    const int64_t began_ns = system_clock().now_ns();
    for (size_t i = 0; i < load(20); ++i) {
      client.send(get());
      CHECK(client.answer().body == "text");
    }
    CHECK(system_clock().now_ns() - began_ns < 20 * 35 * ns_per_ms);
  });
}

TEST_CASE("Connection: close of the client closes behind the answer") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, tell_target);
    Client client(stage);
    client.send(get("/", "Connection: close\r\n") + get("/never"));
    const Message answer = client.answer();
    CHECK(answer.field("connection") == "close");
    CHECK(client.ended());
    CHECK(!client.was_reset());
    client.close();
    CHECK(stage.at_rest());
    CHECK(stage.origin.requests().size() == 1);
  });
}

// Bytes that nobody has read make the kernel reset the connection at its close.
TEST_CASE("what a client sends behind its last request costs it nothing of the answer") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, tell_target);
    for (size_t i = 0; i < load(50); ++i) {
      Client client(stage);
      client.send(get("/last", "Connection: close\r\n"));
      client.send("\r\n");
      const Message answer = client.answer();
      CHECK(answer.whole);
      CHECK(answer.body == "/last");
    }
    CHECK(eventually([&] { return stage.at_rest(); }));
  });
}

TEST_CASE("Connection: close of the origin closes only that side") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, answering_once(ok("x", "Connection: close\r\n")));
    Client client(stage);
    for (int i = 0; i < 3; ++i) {
      client.send(get());
      CHECK(client.answer().body == "x");
    }
    CHECK(stage.origin.connections() == 3);
  });
}

TEST_CASE("an origin without keep-alive gets a connection per request, and is told") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, tell_target,
                [](proxy::Config& config) { config.upstreams[0].keepalive = false; });
    Client client(stage);
    for (int i = 0; i < 3; ++i) {
      client.send(get());
      CHECK(client.answer().body == "/");
    }
    CHECK(stage.origin.connections() == 3);
    CHECK(stage.origin.request().field("connection") == "close");
  });
}

TEST_CASE("a connection to an origin takes so many requests and no more") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, tell_target,
                [](proxy::Config& config) { config.upstreams[0].requests_per_connection = 3; });
    Client client(stage);
    for (int i = 0; i < 7; ++i) {
      client.send(get());
      CHECK(client.answer().body == "/");
    }
    CHECK(stage.origin.connections() == 3);
  });
}

TEST_CASE("idle connections to origins end after their time, and beyond their number") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, tell_target, [](proxy::Config& config) {
      config.upstreams[0].idle_timeout_ms = 150;
      config.upstreams[0].pool_size = 2;
    });
    std::list<Client> clients;
    for (int i = 0; i < 4; ++i) clients.emplace_back(stage).send(get());
    for (Client& client : clients) CHECK(client.answer().whole);
    CHECK(eventually([&] { return stage.now().idle_links <= 2; }));
    CHECK(eventually([&] { return stage.now().idle_links == 0; }));
    clients.front().send(get());
    CHECK(clients.front().answer().whole);
  });
}

TEST_CASE("clients that speak HTTP/1.0 are kept only if they ask for it") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, tell_target);
    Client plain(stage);
    plain.send("GET /a HTTP/1.0\r\n\r\n");
    CHECK(plain.answer().body == "/a");
    CHECK(plain.ended());
    Client kept(stage);
    for (int i = 0; i < 3; ++i) {
      kept.send("GET /b HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
      const Message answer = kept.answer();
      CHECK(answer.first_line() == "HTTP/1.1 200 OK");
      CHECK(answer.field("connection") == "keep-alive");
      CHECK(answer.body == "/b");
    }
    CHECK(stage.origin.request(0).first_line() == "GET /a HTTP/1.1");
    CHECK(stage.origin.request(0).field("host") == "");
  });
}

}  // namespace zest::test
