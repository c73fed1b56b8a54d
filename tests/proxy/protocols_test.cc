// Connections of protocols that the host speaks, on a port where HTTP is spoken, too.
#include <doctest/doctest.h>

#include "proxy/stage.h"
#include "support/torture.h"

namespace zest::test {
namespace {

using proxy::Claim;
using proxy::Limit;
using proxy::Timeout;

constexpr std::string_view greeting = "HELO ";

proxy::Host helo_host() {
  proxy::Host host;
  host.protocols.push_back({.name = "helo", .claims = [](int64_t, std::string_view first) {
                              return proxy::begins_with(greeting, first);
                            }});
  return host;
}

Change preface_ms(uint32_t ms) {
  return [ms](proxy::Config& config) { config.listeners[0].timeouts.preface_ms = ms; };
}

struct HeloStage : Stage {
  explicit HeloStage(BackendKind kind, const Change& change = {})
      : Stage(kind, answering(ok("x")), change, helo_host()) {}
  Result<proxy::HookQueue::Taken> take() {
    auto taken = proxy->hooks()->take(1);
    while (!taken && taken.error().status == Status::timed_out && waits())
      taken = proxy->hooks()->take(1);
    return taken;
  }
  bool waits() const { return system_clock().now_ns() - began_ns < patience_ms() * ns_per_ms; }

  const int64_t began_ns = system_clock().now_ns();
};

}  // namespace

TEST_CASE("a claim is judged by as much as there is") {
  CHECK(proxy::begins_with("abc", "a") == Claim::more);
  CHECK(proxy::begins_with("abc", "abc") == Claim::yes);
  CHECK(proxy::begins_with("abc", "abcd") == Claim::yes);
  CHECK(proxy::begins_with("abc", "abd") == Claim::no);
  CHECK(proxy::begins_with("abc", "x") == Claim::no);
  proxy::HostProtocols greedy(1);
  greedy[0].claims = [](int64_t, std::string_view) { return Claim::more; };
  CHECK(proxy::detect(greedy, -1, "a").more);
  const std::string much(proxy::claim_bytes_max, 'a');
  CHECK(!proxy::detect(greedy, -1, much).more);
}

TEST_CASE("a connection of his protocol is the host's, with all that it has sent") {
  on_each_backend([](BackendKind kind) {
    HeloStage stage(kind, [](proxy::Config& config) { config.listeners[0].id = 3; });
    for (const bool in_pieces : {false, true, true, false, true}) {
      Client client(stage);
      client.send(in_pieces ? "HE" : "HELO you\n");
      if (in_pieces) pause_ms(2);
      if (in_pieces) client.send("LO you\n");
      auto taken = stage.take();
      REQUIRE(taken);
      CHECK(taken->protocol == "helo");
      CHECK(taken->listener_id == 3);
      CHECK(taken->client.format().view().starts_with("127.0.0.1:"));
      Wire wire(std::move(taken->fd));
      CHECK(wire.read(9) == "HELO you\n");
      CHECK(wire.send("hello\n"));
      CHECK(client.read(6) == "hello\n");
    }
    CHECK(eventually([&] { return stage.now().totals.connections_given == 5; }));
    CHECK(stage.at_rest());
    CHECK(stage.now().totals.connections_closed == 0);
  });
}

TEST_CASE("HTTP is served beside it, also by clients that begin slowly") {
  on_each_backend([](BackendKind kind) {
    HeloStage stage(kind);
    CHECK(ask(stage, get()).body == "x");
    Client slow(stage);
    for (const char c : std::string("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")) {
      slow.send({&c, 1});
      pause_ms(1);
    }
    CHECK(slow.answer_to_head().status() == 200);
    slow.close();
    Client neither(stage);
    neither.send("\x16\x03\x01");
    CHECK(neither.ended());
    neither.close();
    CHECK(stage.at_rest());
  });
}

TEST_CASE("who does not say enough, or is not taken, is let go at a deadline") {
  on_each_backend([](BackendKind kind) {
    HeloStage stage(kind, preface_ms(60));
    Client unclear(stage);
    unclear.send("HEL");
    CHECK(unclear.ended());
    CHECK(stage.fired(Timeout::preface) == 1);
    Client untaken(stage);
    untaken.send("HELO ");
    CHECK(untaken.read_all().empty());
    CHECK(stage.fired(Timeout::hook) == 1);
    CHECK(stage.proxy->hooks()->waiting() == 0);
    CHECK(stage.at_rest());
    CHECK(!stage.proxy->hooks()->take(0));
  });
}

TEST_CASE("silence is idleness, as of any client of HTTP") {
  on_each_backend([](BackendKind kind) {
    HeloStage stage(kind, [](proxy::Config& config) {
      config.listeners[0].timeouts.preface_ms = 1;
      config.listeners[0].timeouts.idle_ms = 80;
    });
    Client silent(stage);
    CHECK(silent.ended());
    CHECK(stage.fired(Timeout::idle) == 1);
    CHECK(stage.fired(Timeout::preface) == 0);
    CHECK(stage.at_rest());
  });
}

TEST_CASE("beyond the queue's limit connections are let go") {
  on_each_backend([](BackendKind kind) {
    HeloStage stage(kind, [](proxy::Config& config) { config.hook_queue = 1; });
    Client first(stage);
    first.send("HELO ");
    CHECK(eventually([&] { return stage.proxy->hooks()->waiting() == 1; }));
    Client second(stage);
    second.send("HELO ");
    CHECK(second.read_all().empty());
    CHECK(stage.hit(Limit::hook_queue) == 1);
    CHECK(stage.take());
    CHECK(stage.at_rest());
  });
}

TEST_CASE("a drain lets go of those that he has not taken") {
  on_each_backend([](BackendKind kind) {
    HeloStage stage(kind);
    Client first(stage);
    first.send("HELO ");
    CHECK(eventually([&] { return stage.proxy->hooks()->waiting() == 1; }));
    CHECK(stage.proxy->drain(5000).complete);
    CHECK(first.read_all().empty());
    CHECK(stage.take().error().status == Status::closed);
  });
}

TEST_CASE("behind a PROXY header he is told who the client is") {
  on_each_backend([](BackendKind kind) {
    HeloStage stage(kind, [](proxy::Config& config) {
      config.listeners[0].proxy_protocol = proxy::ProxyProtocol::trusted;
      proxy::Block loopback{.bits = 104};
      loopback.ip[10] = loopback.ip[11] = 0xff;
      loopback.ip[12] = 127;
      config.listeners[0].forwarded.trusted = {loopback};
    });
    Client client(stage);
    client.send("PROXY TCP4 192.0.2.1 192.0.2.2 1000 80\r\nHELO you\n");
    auto taken = stage.take();
    REQUIRE(taken);
    CHECK(taken->client.format().view() == "192.0.2.1:1000");
    CHECK(Wire(std::move(taken->fd)).read(9) == "HELO you\n");
    CHECK(stage.at_rest());
  });
}

}  // namespace zest::test
