// How many: connections, requests on one, and bytes that wait for somebody slow.
#include <doctest/doctest.h>

#include <algorithm>

#include "proxy/stage.h"
#include "support/torture.h"

namespace zest::test {
namespace {

using proxy::Limit;

// So many connections are served, and the next are closed; when one goes another may come.
void admits(BackendKind kind, size_t most, Limit limit, const Change& change) {
  Stage stage(kind, answering(ok("x")), change);
  std::list<Client> clients;
  for (size_t i = 0; i < most; ++i) {
    clients.emplace_back(stage).send(get());
    CHECK(clients.back().answer().body == "x");
  }
  for (uint64_t i = 1; i <= 3; ++i) {
    Client refused(stage);
    CHECK(refused.ended());
    CHECK(eventually([&] { return stage.hit(limit) == i; }));
  }
  clients.pop_front();
  CHECK(eventually([&] { return stage.now().connections == most - 1; }));
  Client next(stage);
  next.send(get());
  CHECK(next.answer().body == "x");
  clients.front().send(get());
  CHECK(clients.front().answer().body == "x");
  const auto all_told = [&] {
    const proxy::Snapshot now = stage.now();
    return now.totals.connections_accepted == now.totals.connections_closed + most;
  };
  CHECK(eventually(all_told));
}

// A body without end from an origin, until nobody takes it any more; counts what was taken.
Origin::Script flood(std::atomic<size_t>& sent, const std::string& head) {
  return [&sent, head](Visit& visit) {
    visit.request();
    visit.send(head);
    std::string piece = chunked(std::string(60'000, 'x'));
    piece.resize(piece.size() - 5);  // without the last chunk
    for (size_t taken = piece.size(); taken == piece.size(); sent += taken)
      taken = visit.send_until_stuck(piece, tortured() ? 20 : 300);
    visit.read_all();
  };
}

// Of a stalled connection: two socket buffers of each side, and what the proxy holds.
constexpr size_t stalled_bytes_max = 24'000'000;

}  // namespace

TEST_CASE("connections: of all, of a listener, of a client") {
  on_each_backend([](BackendKind kind) {
    admits(kind, 3, Limit::connections, [](proxy::Config& config) { config.connections = 3; });
    admits(kind, 4, Limit::connections_per_listener,
           [](proxy::Config& config) { config.listeners[0].limits.connections = 4; });
    admits(kind, 2, Limit::connections_per_client,
           [](proxy::Config& config) { config.listeners[0].limits.connections_per_client = 2; });
  });
}

TEST_CASE("requests of a connection: the last is told that it is") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, answering(ok("x")), [](proxy::Config& config) {
      config.listeners[0].limits.requests_per_connection = 3;
    });
    Client client(stage);
    client.send(get() + get() + get() + get("/fourth"));
    for (int i = 0; i < 3; ++i) {
      const Message answer = client.answer();
      CHECK(answer.body == "x");
      CHECK(answer.field("connection") == (i == 2 ? "close" : "-"));
    }
    CHECK(client.ended());
    CHECK(eventually([&] { return stage.hit(Limit::requests_per_connection) == 1; }));
    CHECK(stage.origin.requests().size() == 3);
  });
}

TEST_CASE("a client that takes nothing stops its origin after a bounded number of bytes") {
  on_each_backend([](BackendKind kind) {
    std::atomic<size_t> sent{0};
    Stage stage(kind, flood(sent, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
                [](proxy::Config& config) {
                  config.listeners[0].timeouts.send_ms = tortured() ? 60 : 800;
                });
    Client client(stage);
    if (tortured()) client.receive_little();
    client.send(get());
    client.head();
    CHECK(eventually([&] { return stage.fired(proxy::Timeout::send) == 1; }));
    MESSAGE("an origin could send " << sent.load() << " bytes");
    CHECK(sent < stalled_bytes_max);
    client.close();
    CHECK(stage.at_rest());
  });
}

TEST_CASE("an origin that takes nothing stops its client after a bounded number of bytes") {
  on_each_backend([](BackendKind kind) {
    Stage stage(
        kind,
        [](Visit& visit) {
          if (tortured()) visit.receive_little();
          while (!visit.stopping()) pause_ms(1);
        },
        [](proxy::Config& config) { config.upstreams[0].between_bytes_timeout_ms = 1000; });
    Client client(stage);
    const std::string body(load(2 * stalled_bytes_max), 'x');
    const size_t sent = client.send_until_stuck(post(body), tortured() ? 20 : 300);
    MESSAGE("a client could send " << sent << " bytes");
    CHECK(sent < stalled_bytes_max);
    CHECK(stage.now().buffers_free > stage.now().buffers / 4);
    client.reset();
    CHECK(stage.at_rest());
  });
}

constexpr const char* much_more = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 50000000\r\n\r\n";

// Reads nothing of a body, and answers what has none.
void serve_get_only(Visit& visit) {
  visit.receive_little();
  std::string head = visit.head();
  for (; head.starts_with("GET"); head = visit.head()) visit.send(ok("x"));
  while (!visit.stopping() && !head.empty()) pause_ms(1);
}

TEST_CASE("stalled uploads leave enough for others" * doctest::test_suite("no-torture")) {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, serve_get_only, [](proxy::Config& config) { config.buf_count = 1024; });
    std::list<Client> stalled;
    for (size_t i = 0; i < 8; ++i)
      stalled.emplace_back(stage).send_until_stuck(much_more + std::string(8'000'000, 'x'), 50);
    CHECK(stage.now().buffers_free > 1024 - 8 * 10);
    for (int i = 0; i < 5; ++i) CHECK(ask(stage, get()).body == "x");
    CHECK(stage.hit(proxy::Limit::buffers) == 0);
  });
}

TEST_CASE("when buffers run out the newest that holds some goes, and others are served" *
          doctest::test_suite("no-torture")) {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, serve_get_only, [](proxy::Config& config) {
      config.buf_count = 16;
      config.upstreams[0].between_bytes_timeout_ms = 60'000;
    });
    REQUIRE(eventually([&] { return stage.now().buffers_free == 16; }));
    std::list<Client> stalled;
    const std::string enough(8'000'000, 'x');
    while (stage.now().buffers_free > 0 && stalled.size() < 20) {
      stalled.emplace_back(stage).send_until_stuck(much_more + enough, 100);
      CHECK(eventually([&] {
        return stage.now().active >= stalled.size() || stage.hit(proxy::Limit::buffers) > 0;
      }));
    }
    // Who only seemed stuck, since the machine stood still, goes on.
    CHECK(eventually([&] {
      for (Client& client : stalled) client.send_until_stuck(enough, 0);
      CHECK(ask(stage, get()).body == "x");
      return stage.hit(proxy::Limit::buffers) > 0;
    }));
    for (int i = 0; i < 5; ++i) CHECK(ask(stage, get()).body == "x");
    const auto refused = [&] {
      return std::ranges::find_if(stalled, [](Client& client) { return !client.silent(0); });
    };
    REQUIRE(eventually([&] { return refused() != stalled.end(); }));
    // The very last may hold none yet.
    CHECK(std::distance(stalled.begin(), refused()) + 2 >= std::distance(refused(), stalled.end()));
    CHECK(refused()->answer().status() == 503);
    CHECK(stage.notes.last().status == 200);
    stage.proxy->drain(1);
    CHECK(stage.at_rest());
    CHECK(stage.now().buffers_free == 16);
  });
}

}  // namespace zest::test
