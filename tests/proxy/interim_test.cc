// Answers before the answer: 1xx, Expect, and answers before the request's end.
#include <doctest/doctest.h>

#include "proxy/stage.h"
#include "support/torture.h"

namespace zest::test {
namespace {

const std::string expecting =
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";

// The body is sent when it is wanted, and comes back.
void expect_leave(const Stage& stage) {
  Client client(stage);
  client.send(expecting);
  const Message interim = client.answer();
  if (interim.status() == 100) client.send("abcde");
  CHECK(interim.status() == 100);
  CHECK(client.answer().body == "abcde");
}

}  // namespace

TEST_CASE("1xx answers are relayed, in order and without a length") {
  on_each_backend([](BackendKind kind) {
    const std::string all =
        "HTTP/1.1 102 Processing\r\nContent-Length: 3\r\nX-A: 1\r\n\r\n"
        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" +
        ok("x");
    Stage stage(kind, answering(all));
    Client client(stage);
    size_t bytes = 0;
    for (uint64_t i = 1; i <= 3; ++i) {
      client.send(get());
      const Message first = client.answer(), second = client.answer(), last = client.answer();
      CHECK(first.status() == 102);
      CHECK(first.field("x-a") == "1");
      CHECK(first.field("content-length") == "-");
      CHECK(second.field("link") == "</a>");
      CHECK(last.body == "x");
      bytes += first.head.size() + second.head.size() + last.head.size() + last.body.size();
      CHECK(eventually([&] { return stage.now().totals.answers[2] == i; }));
      CHECK(stage.now().totals.bytes_to_clients == bytes);
      CHECK(stage.now().totals.bytes_from_origins == i * all.size());
    }
    CHECK(ask(stage, "GET / HTTP/1.0\r\n\r\n").status() == 200);
  });
}

TEST_CASE("Expect: 100-continue: the body comes when the origin wants it") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, [](Visit& visit) {
      if (visit.head().find("100-continue") == std::string::npos) return;
      visit.send("HTTP/1.1 100 Continue\r\n\r\n");
      visit.send(ok(visit.read(5)));
    });
    expect_leave(stage);
  });
}

TEST_CASE("Expect: 100-continue: who waits for the origin's leave is not late") {
  on_each_backend([](BackendKind kind) {
    Stage stage(
        kind,
        [](Visit& visit) {
          visit.head();
          pause_ms(200);
          visit.send("HTTP/1.1 100 Continue\r\n\r\n");
          visit.send(ok(visit.read(5)));
        },
        [](proxy::Config& config) { config.listeners[0].timeouts.body_ms = 50; });
    expect_leave(stage);
    CHECK(stage.fired(proxy::Timeout::body) == 0);
  });
}

TEST_CASE("Expect: 100-continue: a refusal closes, and the body is no request") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, [](Visit& visit) {
      visit.read(20);
      visit.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
      visit.read_all();
    });
    Client client(stage);
    client.send(expecting);
    const Message answer = client.answer();
    CHECK(answer.status() == 403);
    CHECK(answer.field("connection") == "close");
    client.send(get("/smuggled"));
    CHECK(client.ended());
    CHECK(stage.origin.connections() == 1);
    client.close();
    CHECK(stage.at_rest());
    CHECK(stage.now().idle_links == 0);
  });
}

TEST_CASE("an early answer to an upload that nobody reads closes both sides") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, [](Visit& visit) {
      visit.read(1000);
      visit.send("HTTP/1.1 413 Too Large\r\nContent-Length: 4\r\n\r\nmuch");
      while (!visit.stopping() && visit.silent(0)) pause_ms(1);  // reads nothing more
      while (!visit.stopping()) pause_ms(1);
    });
    Client client(stage);
    const std::string body = pattern(6'000'000);
    client.send_until_stuck(post(body), tortured() ? 20 : 100);
    const Message answer = client.answer();
    CHECK(answer.status() == 413);
    CHECK(answer.body == "much");
    CHECK(answer.field("connection") == "close");
    client.close();
    CHECK(stage.at_rest());
    CHECK(stage.now().idle_links == 0);
  });
}

TEST_CASE("an early answer and the end of an origin leave no body to be read as a request") {
  on_each_backend([](BackendKind kind) {
    for (int round = 0; round < static_cast<int>(load(20)); ++round) {
      Stage stage(kind, [](Visit& visit) {
        visit.read(1000);
        visit.send("HTTP/1.1 413 Too Large\r\nContent-Length: 4\r\n\r\nmuch");
      });
      Client client(stage);
      std::string body;
      while (body.size() < 200'000) body += get("/smuggled");
      client.send(post(std::string(4'000'000, 'x')).substr(0, 4096) + body);
      Message answer = client.answer();
      // The origin's reset may overtake its answer.
      CHECK((answer.status() == 413 || answer.status() == 502));
      CHECK(client.answer().head == "");
      for (const Message& request : stage.origin.requests())
        CHECK(request.first_line().find("smuggled") == std::string::npos);
      CHECK(stage.now().totals.requests == 1);
    }
  });
}

TEST_CASE("an answer sent before the request is the answer, and the body no request") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, [](Visit& visit) {
      visit.send(ok("early"));
      visit.read_all();
    });
    Client client(stage);
    client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" +
                get("/smuggled"));
    const Message answer = client.answer();
    CHECK((answer.status() == 200 || answer.status() == 400));
    CHECK(client.answer().head == "");
    CHECK(stage.now().totals.requests == 1);
  });
}

TEST_CASE("who has sent more than was read sees the answer, and no reset") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, answering(ok("x")));
    Client client(stage);
    client.send("GET / HTTP/1.1\r\nHost: a b\r\n\r\n" + std::string(100'000, 'x'));
    pause_ms(50);
    client.send(std::string(10'000, 'y'));
    CHECK(client.answer().status() == 400);
    CHECK(client.ended());
    CHECK(!client.was_reset());
    client.close();
    CHECK(stage.at_rest());
    CHECK(stage.origin.connections() == 0);
  });
}

TEST_CASE("a switch of protocols that nobody asked for is a bad answer") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, answering("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"));
    const Message answer = ask(stage, get());
    CHECK(answer.status() == 502);
    CHECK(stage.now().idle_links == 0);
  });
}

}  // namespace zest::test
