// A host that decides late, never, or twice; clients that do not wait for him; a proxy that ends.
#include <doctest/doctest.h>

#include "proxy/hook_host.h"
#include "support/torture.h"

namespace zest::test {
namespace {

using proxy::Limit;
using proxy::Timeout;

constexpr uint32_t short_ms = 60;

void soon(proxy::Config& config) { config.routes[0].hook_timeout_ms = short_ms; }

void one_place(proxy::Config& config) { config.hook_queue = 1; }

// Taken on the worker's thread, before any time is over, and kept.
struct Keeping {
  proxy::HookCallback callback() {
    return [this](const HookTicket& asked) {
      if (kept.exchange(&asked)) return proxy::HookVerdict::pass;
      return proxy::HookVerdict::later;
    };
  }
  std::atomic<const HookTicket*> kept{nullptr};
};

Change optional(const Change& more) {
  return [more](proxy::Config& config) {
    more(config);
    config.routes[0].hook_optional = true;
  };
}

}  // namespace

TEST_CASE("a decision that comes late is told so, and changes nothing") {
  on_each_backend([](BackendKind kind) {
    Keeping keeping;
    HookHost host(kind, soon, keeping.callback());
    Client client(host.stage);
    client.send(get());
    const Message answer = client.answer();
    CHECK(answer.status() == 504);
    REQUIRE(keeping.kept);
    const HookTicket& asked = *keeping.kept;
    const uint64_t id = asked.id;
    CHECK(host.stage.fired(Timeout::hook) == 1);
    CHECK(host.stage.notes.last().why == "no hook decided in time");
    CHECK(asked.head.text(asked.head.method) == "GET");  // still his to look at
    CHECK(host.answer(id, 200) == Status::closed);
    CHECK(host.answer(id, 200) == Status::invalid_argument);
    CHECK(host.pass(id) == Status::invalid_argument);
    client.close();
    CHECK(host.at_rest());
  });
}

TEST_CASE("who is never asked for is answered for, and forgotten") {
  on_each_backend([](BackendKind kind) {
    HookHost host(kind, soon);
    Client client(host.stage);
    client.send(get());
    CHECK(client.answer().status() == 504);
    CHECK(host.hooks.waiting() == 0);
    CHECK(!host.hooks.take(0));
    client.close();
    CHECK(host.at_rest());
  });
}

TEST_CASE("where the hook is optional, late is as if he had let it pass") {
  on_each_backend([](BackendKind kind) {
    HookHost host(kind, optional(soon));
    Client client(host.stage);
    client.send(post("body"));
    CHECK(client.answer().body == "origin's");
    CHECK(host.stage.origin.request().body == "body");
    CHECK(host.stage.fired(Timeout::hook) == 1);
    CHECK(host.stage.notes.last().timeout == Timeout::none);
    client.close();
    CHECK(host.at_rest());
  });
}

TEST_CASE("a decision is taken once") {
  on_each_backend([](BackendKind kind) {
    HookHost host(kind);
    Client client(host.stage);
    client.send(get());
    CHECK(eventually([&] { return host.hooks.waiting() == 1; }));
    const uint64_t never_taken = uint64_t{1} << 32;
    CHECK(host.answer(never_taken, 200) == Status::invalid_argument);
    const uint64_t id = host.take().id;
    CHECK(id == never_taken);
    CHECK(host.answer(id, 200, "once") == Status::ok);
    CHECK(host.answer(id, 200, "twice") == Status::invalid_argument);
    CHECK(host.route(id, "app") == Status::invalid_argument);
    for (const uint64_t wrong : {uint64_t{0}, uint64_t{1}, id + 1, ~uint64_t{0}})
      CHECK(host.pass(wrong) == Status::invalid_argument);
    CHECK(client.answer().body == "once");
    CHECK(client.silent(10));
    client.close();
    CHECK(host.at_rest());
  });
}

TEST_CASE("beyond the queue's limit clients are refused, or pass where that is allowed") {
  on_each_backend([](BackendKind kind) {
    for (const bool may_pass : {false, true}) {
      HookHost host(kind, may_pass ? optional(one_place) : one_place);
      Client first(host.stage);
      first.send(get());
      const uint64_t id = host.take().id;
      const Message second = ask(host.stage, get());
      CHECK(second.status() == (may_pass ? 200 : 503));
      CHECK(host.stage.hit(Limit::hook_queue) == 1);
      CHECK(host.answer(id, 200) == Status::ok);
      CHECK(first.answer().whole);
      first.send(get());
      CHECK(host.pass(host.take().id) == Status::ok);
      CHECK(first.answer().body == "origin's");
      first.close();
      CHECK(host.at_rest());
    }
  });
}

TEST_CASE("a place is held until he lets go, however late") {
  on_each_backend([](BackendKind kind) {
    Keeping keeping;
    const auto soon_and_one = [](proxy::Config& config) {
      soon(config);
      one_place(config);
    };
    HookHost host(kind, soon_and_one, keeping.callback());
    Client client(host.stage);
    client.send(get());
    CHECK(client.answer().status() == 504);
    CHECK(ask(host.stage, get()).status() == 503);
    REQUIRE(keeping.kept);
    CHECK(host.pass(keeping.kept.load()->id) == Status::closed);
    client.send(get());
    CHECK(client.answer().body == "origin's");
    client.close();
    CHECK(host.at_rest());
  });
}

TEST_CASE("a client that goes takes its request along") {
  on_each_backend([](BackendKind kind) {
    HookHost host(kind);
    Client untaken(host.stage);
    untaken.send(get());
    CHECK(eventually([&] { return host.hooks.waiting() == 1; }));
    untaken.reset();
    CHECK(eventually([&] { return host.hooks.waiting() == 0; }));
    Client taken(host.stage);
    taken.send(get("/", "X-One: 1\r\n"));
    const HookTicket& asked = host.take();
    taken.reset();
    CHECK(host.stage.at_rest());
    CHECK(asked.head.find("X-One") != nullptr);
    CHECK(host.answer(asked.id, 200) == Status::closed);
    CHECK(host.at_rest());
    CHECK(host.stage.now().totals.connections_reset == 2);
  });
}

TEST_CASE("a drain waits for a decision") {
  on_each_backend([](BackendKind kind) {
    HookHost host(kind);
    Client client(host.stage);
    client.send(get());
    const uint64_t id = host.take().id;
    Client idle(host.stage);
    CHECK(eventually([&] { return host.stage.now().connections == 2; }));
    proxy::Receipt receipt;
    std::jthread drains([&] { receipt = host.stage.proxy->drain(20'000); });
    CHECK(idle.ended());  // it is draining
    idle.close();
    CHECK(host.stage.proxy->serve(Fd(), 1).error().status == Status::closed);
    CHECK(host.answer(id, 200) == Status::ok);
    const Message answer = client.answer();
    CHECK(answer.body == "ours");
    CHECK(client.ended());
    client.close();
    drains.join();
    CHECK(receipt.complete);
    CHECK(receipt.finished == 1);
  });
}

TEST_CASE("what waits when the proxy ends is over, and its number dead") {
  on_each_backend([](BackendKind kind) {
    HookHost host(kind);
    Client taken(host.stage);
    taken.send(get());
    const uint64_t id = host.take().id;
    Client untaken(host.stage);
    untaken.send(get());
    CHECK(eventually([&] { return host.hooks.waiting() == 2; }));
    const proxy::Receipt receipt = host.stage.proxy->drain(short_ms);
    CHECK(receipt.forced == 2);
    CHECK(host.answer(id, 200) == Status::closed);
    CHECK(host.hooks.waiting() == 0);
    CHECK(taken.ended());
    CHECK(untaken.ended());
  });
}

TEST_CASE("a host that waits hears of the end") {
  on_each_backend([](BackendKind kind) {
    HookHost host(kind);
    std::jthread waits([&] { CHECK(host.hooks.take(-1).error().status == Status::closed); });
    host.stage.proxy->cut();
  });
}

}  // namespace zest::test
