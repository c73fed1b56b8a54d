// Every deadline, by its name: what it does to the client and where it is counted.
#include <doctest/doctest.h>

#include <chrono>

#include "proxy/stage.h"
#include "support/torture.h"

namespace zest::test {
namespace {

using proxy::Timeout;
using proxy::Timeouts;

uint32_t short_ms() { return tortured() ? 40 : 120; }
void pause_part(int parts) { pause_ms(short_ms() / static_cast<uint32_t>(parts)); }

Change client_side(uint32_t Timeouts::* timeout) {
  return [timeout](proxy::Config& config) { config.listeners[0].timeouts.*timeout = short_ms(); };
}

Change origin_side(uint32_t upstream::GroupConfig::* timeout) {
  return [timeout](proxy::Config& config) { config.upstreams[0].*timeout = short_ms(); };
}

// It fired once, and not before its time; it is the only one.
void fired_once(const Stage& stage, Timeout timeout, int64_t began_ns) {
  CHECK(system_clock().now_ns() - began_ns >= (short_ms() - 5) * ns_per_ms);
  CHECK(eventually([&] { return stage.fired(timeout) == 1; }));
  uint64_t all = 0;
  for (const uint64_t count : stage.now().totals.timeouts) all += count;
  CHECK(all == 1);
}

void stay_silent(Visit& visit) {
  while (!visit.stopping()) pause_ms(1);
}

void read_and_stay_silent(Visit& visit) {
  while (visit.request().whole) {
  }
}

}  // namespace

TEST_CASE("idle: a connection that asks for nothing is closed") {
  on_each_backend([](BackendKind kind) {
    const int64_t began_ns = system_clock().now_ns();
    Stage stage(kind, answering(ok("x")), client_side(&Timeouts::idle_ms));
    Client client(stage);
    CHECK(client.ended());
    fired_once(stage, Timeout::idle, began_ns);
    Client second(stage);
    second.send(get());
    CHECK(second.answer().whole);
    CHECK(second.ended());
    CHECK(stage.now().totals.answers[4] == 0);
  });
}

TEST_CASE("head: a head that does not come to its end is a 408") {
  on_each_backend([](BackendKind kind) {
    for (const bool second : {false, true}) {
      CAPTURE(second);
      Stage stage(kind, answering(ok("x")), client_side(&Timeouts::head_ms));
      Client client(stage);
      const int64_t began_ns = system_clock().now_ns();
      client.send((second ? get() : "") + "GET / HT");
      if (second) CHECK(client.answer().status() == 200);
      for (int i = 0; i < 3; ++i) {
        pause_part(4);
        client.send("x");
      }
      CHECK(client.answer().status() == 408);
      CHECK(client.ended());
      fired_once(stage, Timeout::head, began_ns);
      CHECK(stage.origin.connections() == (second ? 1 : 0));
      REQUIRE(eventually([&] { return stage.notes.all().size() == (second ? 2u : 1u); }));
      CHECK(stage.notes.last().bytes_in == std::string_view("GET / HTxxx").size());
      CHECK(stage.notes.last().duration_ns >= (short_ms() - 5) * ns_per_ms);
    }
  });
}

TEST_CASE("body: a body that stops is a 408, one that is slow is not") {
  on_each_backend([](BackendKind kind) {
    for (const std::string& request : {post("12345678"), post_chunked("12345678", 1)}) {
      Stage stage(kind, answering(ok("x")), client_side(&Timeouts::body_ms));
      Client client(stage);
      const int64_t began_ns = system_clock().now_ns();
      client.send(request.substr(0, request.size() - 5));
      for (int i = 0; i < 4; ++i) {
        pause_part(3);
        client.send(request.substr(request.size() - 5 + static_cast<size_t>(i), 1));
      }
      CHECK(client.answer().status() == 408);
      CHECK(client.ended());
      fired_once(stage, Timeout::body, began_ns);
      CHECK(stage.now().idle_links == 0);
    }
  });
}

// So many bytes until it is stuck; limits_test.cc has the like of it with few for torture.
TEST_CASE("send: a client that takes nothing is cut" * doctest::test_suite("no-torture")) {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, answering(ok(std::string(20'000'000, 'x'))), client_side(&Timeouts::send_ms));
    Client client(stage);
    const int64_t began_ns = system_clock().now_ns();
    client.send(get());
    CHECK(eventually([&] { return stage.fired(Timeout::send) == 1; }));
    CHECK(!client.answer().whole);
    fired_once(stage, Timeout::send, began_ns);
    client.close();
    CHECK(stage.at_rest());
  });
}

TEST_CASE("connect: an origin that takes no connection is a 504") {
  on_each_backend([](BackendKind kind) {
    // Its queue is full: further handshakes are not answered.
    const Listening full = listening(0, false);
    const Fd first = connected_to(full.address);
    Stage stage(kind, answering(ok("x")), [&](proxy::Config& config) {
      config.upstreams[0].addrs = {full.address};
      config.upstreams[0].connect_timeout_ms = short_ms();
    });
    const int64_t began_ns = system_clock().now_ns();
    CHECK(ask(stage, get()).status() == 504);
    fired_once(stage, Timeout::connect, began_ns);
    CHECK(stage.now().totals.upstream_connect_failures == 1);
  });
}

TEST_CASE("connect: the next origin is asked, and who did not answer rests, if that is wanted") {
  on_each_backend([](BackendKind kind) {
    for (const uint32_t pause_ms : {0u, 60'000u}) {
      const Listening full = listening(0, false);
      const Fd first = connected_to(full.address);
      Stage stage(kind, answering(ok("x")), [&](proxy::Config& config) {
        config.upstreams[0].addrs.insert(config.upstreams[0].addrs.begin(), full.address);
        config.upstreams[0].connect_timeout_ms = short_ms();
        config.upstreams[0].failure_pause_ms = pause_ms;
      });
      for (int i = 0; i < 4; ++i) CHECK(ask(stage, get()).status() == 200);
      const uint64_t times = pause_ms > 0 ? 1 : 2;
      CHECK(eventually([&] { return stage.fired(Timeout::connect) == times; }));
    }
  });
}

TEST_CASE("connect: no longer than the exchange, and no origin is to blame") {
  on_each_backend([](BackendKind kind) {
    const Listening full = listening(0, false);
    const Fd first = connected_to(full.address);
    Stage stage(kind, answering(ok("x")), [&](proxy::Config& config) {
      config.upstreams[0].addrs.insert(config.upstreams[0].addrs.begin(), full.address);
      config.upstreams[0].connect_timeout_ms = 60'000;
      config.upstreams[0].failure_pause_ms = 60'000;
      config.listeners[0].timeouts.exchange_ms = short_ms();
    });
    const int64_t began_ns = system_clock().now_ns();
    CHECK(ask(stage, get()).status() == 504);
    fired_once(stage, Timeout::exchange, began_ns);
    CHECK(ask(stage, get()).body == "x");
    CHECK(ask(stage, get()).status() == 504);  // it did not rest
    CHECK(stage.origin.requests().size() == 1);
  });
}

TEST_CASE("first byte: a silent origin is a 504, also where the client goes on talking") {
  on_each_backend([](BackendKind kind) {
    for (const std::string& request : {get(), post("abc"), post_chunked("abc")}) {
      Stage stage(kind, read_and_stay_silent,
                  origin_side(&upstream::GroupConfig::first_byte_timeout_ms));
      Client client(stage);
      const int64_t began_ns = system_clock().now_ns();
      client.send(request);
      for (int i = 0; i < 8; ++i) {
        client.send("GET");
        pause_part(6);
      }
      CHECK(client.answer().status() == 504);
      CHECK(system_clock().now_ns() - began_ns < 2 * ns_per_s);
      fired_once(stage, Timeout::first_byte, began_ns);
      CHECK(stage.now().idle_links == 0);
    }
  });
}

TEST_CASE("between bytes: an answer that stops is cut") {
  on_each_backend([](BackendKind kind) {
    Stage stage(
        kind,
        [](Visit& visit) {
          visit.request();
          visit.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
          for (int i = 0; i < 4; ++i) {
            pause_part(3);
            visit.send("x");
          }
          stay_silent(visit);
        },
        origin_side(&upstream::GroupConfig::between_bytes_timeout_ms));
    Client client(stage);
    const int64_t began_ns = system_clock().now_ns();
    client.send(get());
    const Message answer = client.answer();
    CHECK(!answer.whole);
    CHECK(answer.body == "xxxx");
    fired_once(stage, Timeout::between_bytes, began_ns);
  });
}

TEST_CASE("between bytes: an origin that takes no more of a body is a 504" *
          doctest::test_suite("no-torture")) {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, stay_silent, [](proxy::Config& config) {
      config.upstreams[0].between_bytes_timeout_ms = short_ms();
      config.listeners[0].timeouts.linger_ms = 20'000;  // else that may fire, too
    });
    Client client(stage);
    const int64_t began_ns = system_clock().now_ns();
    client.send_until_stuck(post(std::string(20'000'000, 'x')), 500);
    CHECK(client.answer().status() == 504);
    fired_once(stage, Timeout::between_bytes, began_ns);
  });
}

TEST_CASE("exchange: the whole of it has an end, silent or flowing") {
  on_each_backend([](BackendKind kind) {
    const std::vector<Origin::Script> scripts = {
        read_and_stay_silent,
        [](Visit& visit) {
          visit.request();
          while (visit.send("HTTP/1.1 103 Early Hints\r\n\r\n")) pause_ms(5);
        },
        [](Visit& visit) {
          visit.request();
          visit.send("HTTP/1.1 200 OK\r\n\r\n");
          while (visit.send(std::string(1000, 'x'))) pause_ms(1);
        }};
    for (size_t i = 0; i < scripts.size(); ++i) {
      CAPTURE(i);
      Stage stage(kind, scripts[i], client_side(&Timeouts::exchange_ms));
      Client client(stage);
      const int64_t began_ns = system_clock().now_ns();
      client.send(get());
      Message answer = client.answer();
      while (answer.status() == 103) answer = client.answer();
      CHECK(answer.status() == (i == 2 ? 200 : 504));
      CHECK(answer.whole == (i != 2));
      CHECK(system_clock().now_ns() - began_ns < 3 * ns_per_s);
      fired_once(stage, Timeout::exchange, began_ns);
    }
  });
}

TEST_CASE("linger: who does not go is reset") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, answering(ok("x")), [](proxy::Config& config) {
      config.listeners[0].timeouts.linger_ms = short_ms();
      config.listeners[0].limits.requests_per_connection = 1;
    });
    Client client(stage);
    const int64_t began_ns = system_clock().now_ns();
    client.send(get());
    CHECK(client.answer().whole);
    CHECK(client.ended());
    CHECK(eventually([&] { return stage.now().connections == 0; }));
    fired_once(stage, Timeout::linger, began_ns);
  });
}

TEST_CASE("who said that it asks no more is not waited for") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, answering(ok("x")), client_side(&Timeouts::linger_ms));
    Client client(stage);
    client.send(get("/", "Connection: close\r\n"));
    CHECK(client.answer().whole);
    CHECK(client.ended());
    CHECK(eventually([&] { return stage.now().connections == 0; }));
    CHECK(stage.fired(Timeout::linger) == 0);
  });
}

}  // namespace zest::test
