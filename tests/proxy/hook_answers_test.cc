// Answers of a host: what may stand in them, bodies of all sizes, and what they do to a connection.
#include <doctest/doctest.h>

#include "proxy/hook_host.h"
#include "support/torture.h"

namespace zest::test {
namespace {

struct Lent {
  explicit Lent(size_t size) : text(size, 'l') {}
  HookBody body() {
    HookBody body;
    const auto back = [](void* self) { static_cast<Lent*>(self)->returned += 1; };
    body.borrow(text, back, this);
    return body;
  }

  std::string text;
  std::atomic<int> returned{0};
};

Status give(HookHost& host, uint64_t id, HookBody body) {
  auto decision = proxy::answer_of(200, {}, body);
  REQUIRE(decision);
  return HookHost::status_of(host.hooks.answer(id, *decision));
}

size_t large() { return tortured() ? 300'000 : 3'000'000; }

}  // namespace

TEST_CASE("nothing in an answer's fields can end its head or frame its body") {
  const HookField bad[] = {{"X", "a\r\nY: b"},
                           {"X", "a\nb"},
                           {"X", std::string_view("a\0b", 3)},
                           {"X y", "a"},
                           {"", "a"},
                           {"X\r\n", "a"},
                           {"X:", "a"},
                           {"Connection", "close"},
                           {"content-length", "0"},
                           {"Transfer-Encoding", "chunked"},
                           {"Upgrade", "x"},
                           {"Trailer", "x"},
                           {"Keep-Alive", "x"},
                           {"X", "\x7f"}};
  for (const HookField& field : bad) {
    CAPTURE(field.name);
    CAPTURE(field.value);
    HookBody body;
    const auto refused = proxy::answer_of(200, {&field, 1}, body);
    REQUIRE(!refused);
    CHECK(refused.error().status == Status::invalid_argument);
  }
}

TEST_CASE("statuses and sizes that no answer has are refused") {
  HookBody none;
  for (const int status : {0, 100, 101, 199, 600, 1000})
    CHECK(!proxy::answer_of(static_cast<uint16_t>(status), {}, none));
  for (const int status : {204, 205, 304}) {
    HookBody some;
    REQUIRE(some.copy("x"));
    CHECK(!proxy::answer_of(static_cast<uint16_t>(status), {}, some));
    CHECK(some.view() == "x");
    CHECK(proxy::answer_of(static_cast<uint16_t>(status), {}, none));
  }
  const std::string long_value(40'000, 'v');
  const HookField two[] = {{"A", long_value}, {"B", long_value}};
  CHECK(proxy::answer_of(200, std::span(two).first(1), none));
  CHECK(!proxy::answer_of(200, two, none));
}

TEST_CASE("a refused answer leaves the request to be decided") {
  on_each_backend([](BackendKind kind) {
    HookHost host(kind);
    Client client(host.stage);
    client.send(get());
    const uint64_t id = host.take().id;
    CHECK(host.answer(id, 200, "x", {{"Connection", "x"}}) == Status::invalid_argument);
    CHECK(host.answer(id, 299, "", {{"Date", "then"}}) == Status::ok);
    const Message answer = client.answer();
    CHECK(answer.status() == 299);
    CHECK(answer.count("Date") == 1);
    CHECK(answer.field("Date") == "then");
    CHECK(answer.field("Content-Length") == "0");
    client.close();
    CHECK(host.at_rest());
  });
}

TEST_CASE("answers without a body, and clients that want none") {
  on_each_backend([](BackendKind kind) {
    HookHost host(kind);
    Client client(host.stage);
    for (const uint16_t status : {uint16_t{204}, uint16_t{304}}) {
      client.send(get());
      CHECK(host.answer(host.take().id, status, "") == Status::ok);
      const Message answer = client.answer_to_head();
      CHECK(answer.status() == status);
      CHECK(answer.field("Content-Length") == "-");
    }
    client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(host.answer(host.take().id, 200, "12345") == Status::ok);
    CHECK(client.answer_to_head().field("Content-Length") == "5");
    client.send("GET / HTTP/1.0\r\n\r\n");
    CHECK(host.answer(host.take().id, 200, "old") == Status::ok);
    const Message old = client.answer();
    CHECK(old.body == "old");
    CHECK(old.field("Connection") == "close");
    CHECK(client.ended());
    client.close();
    CHECK(host.at_rest());
  });
}

TEST_CASE("an answer before the request's body was read is the connection's last") {
  on_each_backend([](BackendKind kind) {
    HookHost host(kind);
    Client client(host.stage);
    client.send(post(std::string(100'000, 'b')));
    CHECK(host.answer(host.take().id, 403, "no") == Status::ok);
    const Message answer = client.answer();
    CHECK(answer.status() == 403);
    CHECK(answer.field("Connection") == "close");
    CHECK(client.ended());
    client.close();
    CHECK(host.at_rest());
  });
}

TEST_CASE("bodies of every size come whole, and what was lent is given back once") {
  on_each_backend([](BackendKind kind) {
    HookHost host(kind);
    Client client(host.stage);
    for (const size_t size : {size_t{0}, size_t{1}, size_t{16'384}, size_t{16'385}, large()}) {
      CAPTURE(size);
      Lent lent(size);
      client.send(get() + get());
      CHECK(give(host, host.take().id, lent.body()) == Status::ok);
      CHECK(client.answer().body == lent.text);
      CHECK(eventually([&] { return lent.returned == 1; }));
      CHECK(host.answer(host.take().id, 200, lent.text) == Status::ok);
      CHECK(client.answer().body == lent.text);
    }
    client.close();
    CHECK(host.at_rest());
    CHECK(host.stage.now().totals.bytes_to_clients > 2 * large());
  });
}

TEST_CASE("what was lent comes back also from clients that go") {
  on_each_backend([](BackendKind kind) {
    HookHost host(kind);
    Lent late(10);
    Lent cut(30'000'000);  // more than any socket takes
    {
      Client client(host.stage);
      client.send(get());
      const uint64_t id = host.take().id;
      client.reset();
      CHECK(host.stage.at_rest());
      auto decision = proxy::answer_of(200, {}, *std::make_unique<HookBody>(late.body()));
      REQUIRE(decision);
      CHECK(HookHost::status_of(host.hooks.answer(id, *decision)) == Status::closed);
      CHECK(late.returned == 0);
    }
    CHECK(late.returned == 1);
    Client client(host.stage);
    client.send(get());
    CHECK(give(host, host.take().id, cut.body()) == Status::ok);
    CHECK(client.read(1000).size() == 1000);
    client.reset();
    CHECK(eventually([&] { return cut.returned == 1; }));
    CHECK(host.at_rest());
    CHECK(host.stage.notes.last().cut);
  });
}

}  // namespace zest::test
