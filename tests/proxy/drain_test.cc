// The end of a proxy: in order, at its deadline, and at once.
#include <doctest/doctest.h>

#include "proxy/stage.h"
#include "support/torture.h"

namespace zest::test {
namespace {

constexpr int64_t long_ms = 20'000;

void answer_slowly(Visit& visit) {
  while (visit.request().whole) {
    pause_ms(tortured() ? 30 : 150);
    visit.send(ok("slow"));
  }
}

bool has_active(const Stage& stage, uint64_t count) {
  return eventually([&] { return stage.now().active == count; });
}

}  // namespace

TEST_CASE("draining closes who is idle and lets exchanges finish") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, answer_slowly, [](proxy::Config& config) { config.workers = 2; });
    std::list<Client> idle;
    for (int i = 0; i < 4; ++i) idle.emplace_back(stage);
    std::list<Client> busy;
    for (int i = 0; i < 3; ++i) busy.emplace_back(stage).send(get() + get("/never"));
    REQUIRE(has_active(stage, 3));
    REQUIRE(eventually([&] { return stage.now().connections == 7; }));
    proxy::Receipt receipt;
    std::jthread drains([&] { receipt = stage.proxy->drain(long_ms); });
    for (Client& client : idle) {
      CHECK(client.ended());
      client.close();
    }
    for (Client& client : busy) {
      const Message answer = client.answer();
      CHECK(answer.body == "slow");
      CHECK(answer.field("connection") == "close");
      CHECK(client.ended());
      client.close();
    }
    drains.join();
    CHECK(receipt.complete);
    CHECK(receipt.finished == 3);
    CHECK(receipt.closed_idle == 4);
    CHECK(receipt.forced == 0);
    CHECK(stage.origin.requests().size() == 3);
    CHECK(stage.now().connections == 0);
  });
}

TEST_CASE("draining refuses new connections") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, answer_slowly);
    Client busy(stage);
    busy.send(get());
    REQUIRE(has_active(stage, 1));
    std::jthread drains([&] { stage.proxy->drain(long_ms); });
    CHECK(eventually([&] {
      const Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
      return ::connect(fd.get(), stage.address().get(), stage.address().size()) < 0 &&
             errno == ECONNREFUSED;
    }));
    CHECK(busy.answer().body == "slow");
    busy.close();
  });
}

TEST_CASE("what is left at the deadline is cut, and said") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, [](Visit& visit) {
      visit.request();
      while (!visit.stopping()) pause_ms(1);
    });
    std::list<Client> stuck;
    for (int i = 0; i < 3; ++i) stuck.emplace_back(stage).send(i == 2 ? "GET / H" : get());
    REQUIRE(has_active(stage, 2));
    REQUIRE(eventually([&] { return stage.now().connections == 3; }));
    const proxy::Receipt receipt = stage.proxy->drain(100);
    CHECK(!receipt.complete);
    CHECK(receipt.finished == 0);
    CHECK(receipt.forced + receipt.closed_idle == 3);
    CHECK(receipt.forced >= 2);
    CHECK(stage.now().connections == 0);
    CHECK(stage.now().active == 0);
    CHECK(receipt.duration_ns >= 95 * ns_per_ms);
    CHECK(receipt.duration_ns < 3 * ns_per_s);
    for (Client& client : stuck) CHECK(client.answer().head == "");
  });
}

TEST_CASE("a second drain brings the deadline forward, and never puts it off") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, [](Visit& visit) {
      visit.request();
      while (!visit.stopping()) pause_ms(1);
    });
    Client stuck(stage);
    stuck.send(get());
    REQUIRE(has_active(stage, 1));
    std::jthread first([&] { CHECK(!stage.proxy->drain(tortured() ? 50 : 500).complete); });
    pause_ms(20);
    const proxy::Receipt receipt = stage.proxy->drain(long_ms);
    CHECK(receipt.forced == 1);
    CHECK(receipt.duration_ns < long_ms / 2 * ns_per_ms);
  });
}

TEST_CASE("a client that does not close has had its answer all the same") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, answer_slowly,
                [](proxy::Config& config) { config.listeners[0].timeouts.linger_ms = long_ms; });
    Client client(stage);
    client.send(get());
    REQUIRE(has_active(stage, 1));
    const proxy::Receipt receipt = stage.proxy->drain(tortured() ? 200 : 2000);
    CHECK(receipt.duration_ns >= 200 * ns_per_ms);  // it was cut while it lingered
    CHECK(receipt.complete);
    CHECK(receipt.finished == 1);
    CHECK(receipt.forced == 0);
    CHECK(client.answer().body == "slow");
  });
}

TEST_CASE("a cut ends a drain at once") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, [](Visit& visit) {
      visit.request();
      visit.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nxx");
      while (!visit.stopping()) pause_ms(1);
    });
    Client client(stage);
    client.send(get());
    CHECK(client.head() != "");
    const int64_t began_ns = system_clock().now_ns();
    std::jthread cuts([&] {
      pause_ms(50);
      stage.proxy->cut();
    });
    const proxy::Receipt receipt = stage.proxy->drain(long_ms);
    CHECK(system_clock().now_ns() - began_ns < 5 * ns_per_s);
    CHECK(!receipt.complete);
    CHECK(receipt.forced == 1);
    CHECK(client.read(10) == "xx");
    CHECK(client.ended());
  });
}

TEST_CASE("a proxy that goes in the middle of everything leaves nothing") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, [](Visit& visit) {
      if (visit.number % 3 == 0) return;
      visit.request();
      if (visit.number % 3 == 1)
        visit.send("HTTP/1.1 200 OK\r\n\r\n" + std::string(5'000'000, 'x'));
      while (!visit.stopping()) pause_ms(1);
    });
    std::list<Client> clients;
    const std::string requests[] = {get(), "GET / HT", post(std::string(5'000'000, 'x')),
                                    post_chunked("abc"), get("/", "Connection: close\r\n")};
    for (size_t i = 0; i < load(40); ++i)
      clients.emplace_back(stage).send_until_stuck(requests[i % std::size(requests)], 5);
    stage.proxy.reset();
    for (Client& client : clients) client.read_all();
  });
}

TEST_CASE("starting and ending fifty times leaves fds and threads as they were") {
  on_each_backend([](BackendKind kind) {
    Origin origin(answering(ok("x")));
    const auto once = [&] {
      proxy::Config config = config_for(kind, origin.address());
      config.workers = 2;
      const auto proxy = started(std::move(config));
      Client client(proxy->report().listeners[0].address);
      client.send(get());
      CHECK(client.answer().body == "x");
    };
    for (size_t i = 0; i < load(50); ++i) once();  // what is left is counted behind each case
  });
}

TEST_CASE("a proxy that cannot listen says where, and leaves nothing") {
  on_each_backend([](BackendKind kind) {
    const Listening taken = listening();
    proxy::Config config = config_for(kind, taken.address);
    config.listeners.push_back(config.listeners[0]);
    config.listeners[1].bind = taken.address;
    const auto proxy = proxy::Proxy::start(std::move(config));
    REQUIRE(!proxy.has_value());
    const std::string words = proxy.error().message.c_str();
    CHECK(words.find(taken.address.format().c_str()) != std::string::npos);
  });
}

}  // namespace zest::test
