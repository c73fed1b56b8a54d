// What the proxy answers itself: refusals, limits, and requests that are for no origin.
#include <doctest/doctest.h>

#include <numeric>

#include "proxy/stage.h"
#include "support/torture.h"

namespace zest::test {
namespace {

using proxy::Limit;

struct Refused {
  const char* request;
  int status;
};

const Refused refused[] = {
    {"GET / HTTP/1.1\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", 400},
    {"GET / HTTP/1.1\nHost: a\n\n", 400},
    {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET http://user@a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET /#f HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", 400},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\nx", 400},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x1\r\n\r\nx", 400},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\nx", 400},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
    {"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
    {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nExpect: magic\r\n\r\n", 417},
    {"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", 405},
    {"TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405},
};

// Malformed where only the body's reader sees it.
const char* const bad_chunks[] = {
    "zz\r\n",
    "-1\r\n",
    "1 \r\nx\r\n",
    "1\nx\r\n",
    "2\r\nx\r\n0\r\n\r\n",
    "ffffffffffffffffff\r\n",
    "1\r\nxy\r\n0\r\n\r\n",
    "1;\r\nx\r\n",
    "0\r\nContent-Length: 5\r\n\r\n",
};

void refuses(BackendKind kind, const Change& change, const std::string& request, int status,
             Limit limit) {
  CAPTURE(status);
  Stage stage(kind, answering(ok("x")), change);
  Client client(stage);
  client.send(request);
  const Message answer = client.answer();
  CHECK(answer.status() == status);
  CHECK(answer.whole);
  CHECK(answer.field("connection") == "close");
  CHECK(client.ended());
  CHECK(stage.hit(limit) == 1);
  client.close();
  CHECK(stage.at_rest());
  CHECK(stage.now().totals.answers[4] == 1);
}

}  // namespace

TEST_CASE("what is wrong with a head is said, and the connection closed") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, answering(ok("x")));
    for (const auto& [request, status] : refused) {
      CAPTURE(request);
      Client client(stage);
      client.send(request + get("/smuggled"));
      const Message answer = client.answer();
      CHECK(answer.status() == status);
      CHECK(answer.whole);
      if (std::string_view(request).starts_with("TRACE")) continue;
      CHECK(answer.field("connection") == "close");
      CHECK(client.answer().head == "");
      CHECK(!client.was_reset());
    }
    for (const Message& request : stage.origin.requests())
      CHECK(request.first_line() == "GET /smuggled HTTP/1.1");
    CHECK(stage.origin.requests().size() <= 1);
    CHECK(stage.at_rest());
    // Refused heads count as requests: there are as many as answers.
    const proxy::Totals totals = stage.now().totals;
    CHECK(totals.requests >= std::size(refused));
    CHECK(totals.requests == std::accumulate(totals.answers.begin(), totals.answers.end(), 0u));
  });
}

TEST_CASE("what is wrong with a chunk is said at once, and never passed on") {
  on_each_backend([](BackendKind kind) {
    for (const char* chunk : bad_chunks) {
      CAPTURE(chunk);
      Stage stage(kind, answering(ok("x")));
      Client client(stage);
      const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
      client.send(head + "3\r\nabc\r\n" + chunk + get("/smuggled"));
      const Message answer = client.answer();
      CHECK(answer.status() == 400);
      CHECK(answer.field("connection") == "close");
      CHECK(client.answer().head == "");
      for (const Message& request : stage.origin.requests()) CHECK(!request.whole);
      client.close();
      CHECK(stage.at_rest());
    }
  });
}

TEST_CASE("a refusal behind a HEAD request has its text, and is noted without that request") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"));
    Client client(stage);
    client.send("HEAD /first HTTP/1.1\r\nHost: a\r\n\r\nBAD\r\n\r\n");
    CHECK(client.answer_to_head().status() == 200);
    const Message answer = client.answer();
    CHECK(answer.status() == 400);
    CHECK(answer.whole);
    CHECK(answer.body == "400 Bad Request\n");
    CHECK(client.ended());
    CHECK(eventually([&] { return stage.notes.all().size() == 2; }));
    CHECK(stage.notes.last().target == "");
    CHECK(stage.notes.last().method == "");
  });
}

TEST_CASE("limits of a head: its bytes, its fields, its first line") {
  on_each_backend([](BackendKind kind) {
    const Change small = [](proxy::Config& config) {
      config.listeners[0].limits.head = {.head_bytes = 2000, .request_line = 500, .fields = 10};
    };
    std::string fields;
    for (int i = 0; i < 11; ++i) fields += "X-A: b\r\n";
    refuses(kind, small, get("/", fields), 431, Limit::fields);
    refuses(kind, small, get("/", "X-A: " + std::string(3000, 'b') + "\r\n"), 431,
            Limit::head_bytes);
    refuses(kind, small, get("/" + std::string(600, 'b')), 414, Limit::request_line);
  });
}

TEST_CASE("limits of a body: announced, and not") {
  on_each_backend([](BackendKind kind) {
    const Change small = [](proxy::Config& config) {
      config.listeners[0].limits.body_bytes = 1000;
    };
    const std::string body(1001, 'x');
    refuses(kind, small, post(body), 413, Limit::body_bytes);
    refuses(kind, small, post_chunked(body), 413, Limit::body_bytes);
    refuses(kind, small, post_chunked(std::string(100'000, 'x'), 10), 413, Limit::body_bytes);
    Stage stage(kind, answering(ok("x")), small);
    CHECK(ask(stage, post(body.substr(1))).status() == 200);
    CHECK(ask(stage, post_chunked(body.substr(1))).status() == 200);
    CHECK(stage.hit(Limit::body_bytes) == 0);
  });
}

TEST_CASE("OPTIONS * and the last hop are answered here, other hops are counted down") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, answering(ok("x")));
    Client client(stage);
    client.send("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
    Message answer = client.answer();
    CHECK(answer.status() == 200);
    CHECK(answer.field("allow") != "-");
    CHECK(answer.field("content-length") == "0");
    client.send("OPTIONS /x HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n");
    CHECK(client.answer().field("allow") != "-");
    CHECK(stage.origin.connections() == 0);
    client.send("OPTIONS /x HTTP/1.1\r\nHost: a\r\nMax-Forwards: 5\r\n\r\n");
    CHECK(client.answer().body == "x");
    CHECK(stage.origin.request(0).field("max-forwards") == "4");
    client.send(get("/", "Max-Forwards: 0\r\n"));
    CHECK(client.answer().body == "x");
    CHECK(stage.origin.request(1).field("max-forwards") == "0");
  });
}

TEST_CASE("TRACE is refused, and the connection stays") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, answering(ok("x")));
    Client client(stage);
    client.send("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n");
    const Message answer = client.answer();
    CHECK(answer.status() == 405);
    CHECK(answer.field("allow").find("GET") != std::string::npos);
    client.send(get());
    CHECK(client.answer().body == "x");
  });
}

TEST_CASE("bytes of other protocols are not answered, and leave nothing") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, answering(ok("x")));
    for (unsigned seed = 0; seed < load(60); ++seed) {
      Client client(stage);
      std::string bytes = pattern(1 + seed * 37 % 3000, seed);
      if (seed % 3 == 0) bytes = "GET /" + bytes;
      if (seed % 3 == 1) bytes = "\x16\x03\x01" + bytes;
      client.send(bytes);
      client.finish();
      const Message answer = client.answer();
      CHECK((answer.head.empty() || answer.status() >= 400));
    }
    CHECK(stage.origin.connections() == 0);
    CHECK(stage.at_rest());
  });
}

TEST_CASE("a refused head is logged with the bytes that came of it") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, answering(ok("x")));
    const std::string bad = "GET / HTTP/1.1\r\nHost: a\r\nBad Name: x\r\n\r\n";
    CHECK(ask(stage, bad).status() == 400);
    REQUIRE(eventually([&] { return stage.notes.all().size() == 1; }));
    CHECK(stage.notes.last().bytes_in == bad.size());
    Client client(stage);
    client.send(get() + bad);
    CHECK(client.answer().status() == 200);
    CHECK(client.answer().status() == 400);
    REQUIRE(eventually([&] { return stage.notes.all().size() == 3; }));
    CHECK(stage.notes.last().bytes_in == bad.size());
  });
}

}  // namespace zest::test
