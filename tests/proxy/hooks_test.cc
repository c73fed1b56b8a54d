// Requests that the host decides about: what he sees, lets pass, sends elsewhere; by the queue and
// by a call.
#include <doctest/doctest.h>
#include <poll.h>

#include "proxy/hook_host.h"

namespace zest::test {
namespace {

using proxy::HookVerdict;

std::string text_of(const HookTicket& ticket, const http::Slice& slice) {
  return std::string(ticket.head.text(slice));
}

bool readable(int fd) {
  pollfd polled{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&polled, 1, 0) == 1;
}

}  // namespace

TEST_CASE("the host sees the request as it came, and the client gets his answer") {
  on_each_backend([](BackendKind kind) {
    HookHost host(kind, [](proxy::Config& config) { config.listeners[0].id = 7; });
    Client client(host.stage);
    for (int i = 0; i < 3; ++i) {
      client.send(get("/a?b", "X-One: 1\r\nCookie: c\r\n"));
      const HookTicket& asked = host.take();
      CHECK(text_of(asked, asked.head.method) == "GET");
      CHECK(text_of(asked, asked.head.target) == "/a?b");
      CHECK(text_of(asked, asked.head.host) == "a.test");
      CHECK(asked.head.value(http::Name::cookie) == "c");
      const http::Field* one = asked.head.find("x-one");
      REQUIRE(one);
      CHECK(text_of(asked, one->value) == "1");
      CHECK(asked.name == "app");
      CHECK(asked.upstream == "app");
      CHECK(asked.listener_id == 7);
      CHECK(asked.client.format().view().starts_with("127.0.0.1:"));
      CHECK(host.answer(asked.id, 201, "mine", {{"X-Two", "2"}}) == Status::ok);
      const Message answer = client.answer();
      CHECK(answer.status() == 201);
      CHECK(answer.body == "mine");
      CHECK(answer.field("X-Two") == "2");
      CHECK(answer.field("Content-Length") == "4");
      CHECK(answer.count("Date") == 1);
    }
    CHECK(host.stage.origin.connections() == 0);
    CHECK(host.stage.now().totals.hooked == 3);
    CHECK(host.stage.notes.last().status == 201);
    CHECK(host.stage.notes.last().upstream == "");
    client.close();
    CHECK(host.at_rest());
  });
}

TEST_CASE("what he lets pass goes to the origin as if he had not been asked") {
  on_each_backend([](BackendKind kind) {
    HookHost host(kind);
    Client client(host.stage);
    for (const std::string& request :
         {get("/x", "X-One: 1\r\n"), post("body"), post_chunked(std::string(40'000, 'b'))}) {
      client.send(request);
      const uint64_t id = host.take().id;
      CHECK(host.pass(id) == Status::ok);
      CHECK(client.answer().body == "origin's");
    }
    CHECK(host.stage.origin.request(0).field("X-One") == "1");
    CHECK(host.stage.origin.request(1).body == "body");
    CHECK(host.stage.origin.request(2).body.size() == 40'000);
    CHECK(host.stage.origin.connections() == 1);
    client.close();
    CHECK(host.at_rest());
  });
}

TEST_CASE("a head that comes in pieces passes whole") {
  on_each_backend([](BackendKind kind) {
    HookHost host(kind);
    Client client(host.stage);
    const std::string request = get("/x", "X-Long: " + std::string(9000, 'l') + "\r\n");
    for (size_t at = 0; at < request.size(); at += 3000) {
      client.send(request.substr(at, 3000));
      pause_ms(1);
    }
    const HookTicket& asked = host.take();
    CHECK(asked.head.find("X-Long")->value.size == 9000);
    CHECK(host.pass(asked.id) == Status::ok);
    CHECK(client.answer().body == "origin's");
    CHECK(host.stage.origin.request().field("X-Long").size() == 9000);
    client.close();
    CHECK(host.at_rest());
  });
}

TEST_CASE("he can send it to another upstream, by its name") {
  on_each_backend([](BackendKind kind) {
    Origin other(answering(ok("other's")));
    HookHost host(kind, [&](proxy::Config& config) {
      config.upstreams.push_back(config.upstreams[0]);
      config.upstreams[1].name = "other";
      config.upstreams[1].addrs = {other.address()};
    });
    Client client(host.stage);
    client.send(get());
    const uint64_t id = host.take().id;
    CHECK(host.route(id, "nobody") == Status::invalid_argument);
    CHECK(host.route(id, "other") == Status::ok);
    CHECK(client.answer().body == "other's");
    CHECK(host.stage.notes.last().upstream == "other");
    client.close();
    CHECK(host.at_rest());
  });
}

TEST_CASE("a route without an upstream has nowhere to pass to") {
  on_each_backend([](BackendKind kind) {
    HookHost host(kind,
                  [](proxy::Config& config) { config.routes[0].upstream = proxy::no_upstream; });
    Client client(host.stage);
    client.send(get());
    const HookTicket& asked = host.take();
    CHECK(asked.upstream.empty());
    CHECK(host.pass(asked.id) == Status::invalid_argument);
    CHECK(host.answer(asked.id, 200) == Status::ok);
    CHECK(client.answer().body == "ours");
    client.close();
    CHECK(host.at_rest());
  });
}

TEST_CASE("while one request waits, the worker's other connections go on") {
  on_each_backend([](BackendKind kind) {
    HookHost host(kind, [](proxy::Config& config) { config.routes.push_back({.path = "/free"}); });
    Client waits(host.stage);
    waits.send(get("/") + get("/free"));
    const uint64_t id = host.take().id;
    for (int i = 0; i < 5; ++i) CHECK(ask(host.stage, get("/free")).body == "origin's");
    CHECK(waits.silent(20));
    CHECK(host.answer(id, 200, "first") == Status::ok);
    CHECK(waits.answer().body == "first");
    CHECK(waits.answer().body == "origin's");
    waits.close();
    CHECK(host.at_rest());
  });
}

TEST_CASE("the fd is readable from the first request on until a take times out") {
  on_each_backend([](BackendKind kind) {
    HookHost host(kind);
    const auto fd = host.hooks.fd();
    REQUIRE(fd);
    CHECK(!readable(*fd));
    Client one(host.stage);
    Client other(host.stage);
    one.send(get());
    other.send(get());
    CHECK(eventually([&] { return readable(*fd); }));
    const uint64_t first = host.take().id;
    const uint64_t second = host.take().id;
    CHECK(first != second);
    const auto none = host.hooks.take(0);
    REQUIRE(!none);
    CHECK(none.error().status == Status::timed_out);
    CHECK(!readable(*fd));
    CHECK(host.answer(second, 200, "second") == Status::ok);
    CHECK(host.answer(first, 200, "first") == Status::ok);
    CHECK(one.answer().whole);
    CHECK(other.answer().whole);
    CHECK(host.stage.proxy->drain(1000).complete);
    CHECK(readable(*fd));
    const auto closed = host.hooks.take(-1);
    REQUIRE(!closed);
    CHECK(closed.error().status == Status::closed);
  });
}

TEST_CASE("by a call on the worker's thread he decides at once, later, or by the queue") {
  on_each_backend([](BackendKind kind) {
    std::atomic<HookHost*> self{nullptr};
    std::atomic<uint64_t> later{0};
    HookHost host(kind, {}, [&](const HookTicket& asked) {
      const std::string_view target = asked.head.request_target();
      if (target == "/pass") return HookVerdict::pass;
      if (target == "/queue") return HookVerdict::queue;
      if (target == "/later") later.store(asked.id);
      if (target == "/now") CHECK(self.load()->answer(asked.id, 200, "now") == Status::ok);
      return HookVerdict::later;
    });
    self = &host;
    Client client(host.stage);
    client.send(get("/pass") + get("/now"));
    CHECK(client.answer().body == "origin's");
    CHECK(client.answer().body == "now");
    client.send(get("/queue"));
    CHECK(host.pass(host.take().id) == Status::ok);
    CHECK(client.answer().body == "origin's");
    client.send(get("/later"));
    CHECK(eventually([&] { return later.load() != 0; }));
    CHECK(host.answer(later.load(), 200, "late") == Status::ok);
    CHECK(client.answer().body == "late");
    client.close();
    CHECK(host.at_rest());
  });
}

TEST_CASE("a reload meanwhile changes nothing for a request that waits") {
  on_each_backend([](BackendKind kind) {
    HookHost host(kind);
    Client client(host.stage);
    client.send(get());
    const uint64_t id = host.take().id;
    REQUIRE(host.stage.proxy->reload(config_for(kind, host.stage.origin.address())));
    CHECK(host.pass(id) == Status::ok);
    const Message answer = client.answer();
    CHECK(answer.body == "origin's");
    CHECK(answer.field("Connection") == "close");
    CHECK(client.ended());
    client.close();
    CHECK(host.at_rest());
  });
}

}  // namespace zest::test
