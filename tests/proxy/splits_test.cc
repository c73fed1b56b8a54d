// C5: a conversation that is cut at every byte, on either side, goes as it does whole.
#include <doctest/doctest.h>

#include "proxy/stage.h"
#include "support/torture.h"

namespace zest::test {
namespace {

const std::string requests = get("/one", "X-A: b\r\n") + post("a body", "X-C: d\r\n") +
                             post_chunked("in three chunks", 6) +
                             "HEAD /head HTTP/1.1\r\nHost: a.test\r\n\r\n" +
                             "GET http://b.test/last HTTP/1.1\r\nHost: a\r\n\r\n";

// Each with a Date, since else ours would tell them apart.
const std::string answers[] = {
    "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + ok("first", "Date: d\r\n"),
    "HTTP/1.1 200 OK\r\nDate: d\r\nTransfer-Encoding: chunked\r\n\r\n" +
        chunked("second answer", 5),
    "HTTP/1.1 204 No Content\r\nDate: d\r\n\r\n",
    "HTTP/1.1 200 OK\r\nDate: d\r\nContent-Length: 77\r\n\r\n",
    "HTTP/1.1 404 Not Found\r\nDate: d\r\nContent-Length: 4\r\n\r\nlast",
};

// In two parts, which the other side can't have put together again.
void send_in_two(Wire& wire, const std::string& bytes, size_t at) {
  wire.send(bytes.substr(0, at));
  if (at > 0 && at < bytes.size()) pause_ms(1);
  wire.send(bytes.substr(at));
}

// The answers, each cut at the same place.
Origin::Script answers_cut(const std::atomic<size_t>& at) {
  return [&at](Visit& visit) {
    for (const std::string& answer : answers) {
      if (!visit.request().whole) return;
      send_in_two(visit, answer, std::min<size_t>(at, answer.size()));
    }
  };
}

struct Seen {
  std::string by_client;
  std::vector<std::string> by_origin;
  bool operator==(const Seen&) const = default;
};

Seen converse(BackendKind kind, size_t client_at, size_t origin_at) {
  const std::atomic<size_t> at = origin_at;
  Stage stage(kind, answers_cut(at));
  Client client(stage);
  send_in_two(client, requests, client_at);
  Seen seen;
  for (const Kind answer : {Kind::answer, Kind::answer, Kind::answer, Kind::answer,
                            Kind::answer_to_head, Kind::answer}) {
    const Message got = client.message(answer);
    seen.by_client += got.head + got.body + (got.whole ? "|" : "!");
  }
  for (const Message& request : stage.origin.requests())
    seen.by_origin.push_back(request.head + request.body + (request.whole ? "|" : "!"));
  CHECK(stage.origin.connections() == 1);
  return seen;
}

}  // namespace

TEST_CASE("requests cut at every byte are the same requests") {
  on_each_backend([](BackendKind kind) {
    const Seen whole = converse(kind, 0, 0);
    CHECK(whole.by_origin.size() == 5);
    CHECK(whole.by_client.find("!") == std::string::npos);
    for (size_t at = 1; at < requests.size(); at += tortured() ? 50 : 1) {
      CAPTURE(at);
      CHECK((converse(kind, at, 0) == whole));
    }
  });
}

TEST_CASE("answers cut at every byte are the same answers") {
  on_each_backend([](BackendKind kind) {
    const Seen whole = converse(kind, 0, 0);
    for (size_t at = 1; at < answers[0].size(); at += tortured() ? 50 : 1) {
      CAPTURE(at);
      CHECK((converse(kind, 0, at) == whole));
    }
  });
}

TEST_CASE("a conversation byte by byte on both sides is the same") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, [](Visit& visit) {
      for (const std::string& answer : answers) {
        if (!visit.request().whole) return;
        for (const char byte : answer) {
          visit.send({&byte, 1});
          pause_ms(0);
        }
      }
    });
    Client client(stage);
    std::jthread sends([&] {
      for (const char byte : requests) {
        client.send({&byte, 1});
        pause_ms(0);
      }
    });
    CHECK(client.answer().status() == 103);
    CHECK(client.answer().body == "first");
    CHECK(client.answer().body == "second answer");
    CHECK(client.answer().status() == 204);
    CHECK(client.answer_to_head().field("content-length") == "77");
    CHECK(client.answer().body == "last");
    CHECK(stage.origin.request(2).body == "in three chunks");
  });
}

}  // namespace zest::test
