// Bodies on their way through: each framing, in both directions, whole.
#include <doctest/doctest.h>

#include "proxy/stage.h"
#include "support/torture.h"

namespace zest::test {
namespace {

// Answers with the request's body, framed as it came.
void echo(Visit& visit) {
  for (Message request = visit.request(); request.whole; request = visit.request())
    visit.send(request.field("transfer-encoding") == "chunked" ? ok_chunked(request.body)
                                                               : ok(request.body));
}

// Sends back what arrives while it arrives: reads so much and answers so much.
void echo_at_once(Visit& visit, size_t size) {
  visit.head();
  visit.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n");
  for (size_t done = 0; done < size;) {
    const std::string piece =
        visit.read(std::min<size_t>(size - done, size < 10'000 ? 500 : 50'000));
    if (piece.empty() || !visit.send(piece)) return;
    done += piece.size();
  }
}

}  // namespace

TEST_CASE("bodies of any size arrive as they were sent, both ways") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, echo);
    Client client(stage);
    for (const size_t size : {0ul, 1ul, 4095ul, 4096ul, 4097ul, 8192ul, 100'000ul, 5'000'000ul}) {
      CAPTURE(size);
      const std::string body = pattern(load(size), static_cast<unsigned>(size));
      std::jthread sends([&] { client.send(post(body)); });
      const Message answer = client.answer();
      CHECK(answer.whole);
      CHECK((answer.body == body));
      CHECK(answer.field("content-length") == std::to_string(body.size()));
    }
    CHECK(stage.origin.connections() == 1);
  });
}

TEST_CASE("chunked bodies stay chunked, and whole") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, echo);
    Client client(stage);
    for (const size_t size : {0ul, 1ul, 5000ul, 300'000ul}) {
      for (const size_t chunk : {1ul, 7ul, 1000ul, 65'536ul}) {
        if (size / chunk > 10'000) continue;
        CAPTURE(size);
        CAPTURE(chunk);
        const std::string body = pattern(load(size), static_cast<unsigned>(chunk));
        std::jthread sends([&] { client.send(post_chunked(body, chunk)); });
        const Message answer = client.answer();
        CHECK(answer.whole);
        CHECK((answer.body == body));
        CHECK(answer.field("transfer-encoding") == "chunked");
        CHECK(answer.field("content-length") == "-");
      }
    }
    CHECK(stage.origin.request().field("transfer-encoding") == "chunked");
    CHECK(stage.origin.request().count("content-length") == 0);
  });
}

TEST_CASE("chunk extensions do not get through") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, echo);
    Client client(stage);
    client.send(
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3;a=b;c=\"d\"\r\nabc\r\n0\r\n\r\n");
    CHECK(client.answer().body == "abc");
    CHECK(stage.origin.request().body == "abc");
  });
}

TEST_CASE("upload and download run at the same time") {
  on_each_backend([](BackendKind kind) {
    const size_t size = load(3'000'000);
    Stage stage(kind, [size](Visit& visit) { echo_at_once(visit, size); });
    Client client(stage);
    const std::string body = pattern(size);
    std::jthread sends([&] { client.send(post(body)); });
    const Message answer = client.answer();
    CHECK(answer.whole);
    CHECK((answer.body == body));
  });
}

TEST_CASE("an answer that begins before the request's end announces the connection's end") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, [](Visit& visit) { echo_at_once(visit, 2000); });
    Client client(stage);
    const std::string body = pattern(2000);
    client.send(post(body).substr(0, post(body).size() - 500));
    const std::string head = client.head();
    CHECK(head.find("Connection: close\r\n") != std::string::npos);
    CHECK((client.read(1500) == body.substr(0, 1500)));
    client.send(body.substr(1500));
    CHECK((client.read(500) == body.substr(1500)));
    CHECK(client.ended());
  });
}

TEST_CASE("an answer that lasts until the origin closes is chunked for the client") {
  on_each_backend([](BackendKind kind) {
    const std::string body = pattern(load(200'000));
    Stage stage(kind, answering_once("HTTP/1.1 200 OK\r\n\r\n" + body));
    Client client(stage);
    for (int i = 0; i < 3; ++i) {
      client.send(get());
      const Message answer = client.answer();
      CHECK(answer.field("transfer-encoding") == "chunked");
      CHECK(answer.whole);
      CHECK((answer.body == body));
    }
    CHECK(stage.origin.connections() == 3);
  });
}

TEST_CASE("a client that speaks HTTP/1.0 gets no chunks, and the end as the end") {
  on_each_backend([](BackendKind kind) {
    for (const bool coded : {true, false}) {
      CAPTURE(coded);
      Stage stage(kind, answering_once(coded ? ok_chunked("some text", 3)
                                             : "HTTP/1.1 200 OK\r\n\r\nsome text"));
      Client client(stage);
      client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
      const Message answer = client.answer();
      CHECK(answer.field("transfer-encoding") == "-");
      CHECK(answer.field("connection") == "close");
      CHECK(answer.body == "some text");
      CHECK(client.ended());
      CHECK(!client.was_reset());
    }
  });
}

TEST_CASE("a client that has ended its side still gets its answer") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, [](Visit& visit) {
      while (visit.request().whole) {
        pause_ms(30);
        visit.send(ok("late"));
      }
    });
    for (const std::string& request : {get(), post("abc"), post_chunked("abc")}) {
      Client client(stage);
      client.send(request);
      client.finish();
      CHECK(client.answer().body == "late");
      CHECK(client.ended());
    }
    CHECK(stage.at_rest());
  });
}

TEST_CASE("an answer without a body has none, whatever its fields say") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, [](Visit& visit) {
      const char* answers[] = {"HTTP/1.1 204 No Content\r\n\r\n",
                               "HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n",
                               "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n",
                               "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n",
                               "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                               "HTTP/1.1 200 OK\r\n\r\n",
                               "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"};
      for (const char* answer : answers)
        if (visit.request().whole) visit.send(answer);
    });
    Client client(stage);
    for (int i = 0; i < 7; ++i) {
      CAPTURE(i);
      const std::string head = "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n";
      client.send(i < 3 || i == 6 ? get() : head);
      const Message answer = i < 3 || i == 6 ? client.answer() : client.answer_to_head();
      CHECK(answer.status() == (i == 0 ? 204 : i < 3 ? 304 : 200));
      CHECK(answer.field("content-length") == (i == 1 || i == 3 ? "500" : i == 6 ? "2" : "-"));
      CHECK(answer.field("transfer-encoding") == "-");
    }
    CHECK(client.silent(20));
    CHECK(stage.origin.connections() == 1);
  });
}

}  // namespace zest::test
