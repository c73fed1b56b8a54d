// A full queue pauses accepting; it never drops.
#include <doctest/doctest.h>
#include <unistd.h>

#include <thread>

#include "acceptor/clients.h"
#include "acceptor/host.h"
#include "support/sockets.h"
#include "support/torture.h"

namespace zest::acceptor {
namespace {

using namespace zest::test;

Settings small(Settings settings, uint32_t capacity = 8) {
  settings.queue_capacity = capacity;
  settings.threads_per_address = 1;
  return settings;
}

bool pauses(Host& host) {
  return eventually([&] {
    host.let_work();
    return host.sum(&Counters::queue_full_pauses) > 0;
  });
}

TEST_CASE("with a queue of eight and a slow taker all of five hundred arrive") {
  on_each_mode([](const Settings& settings) {
    Host host(one(on("127.0.0.1:0")), small(settings));
    std::vector<Fd> clients;
    std::jthread connecting([&] { clients = connect_to(host.address(), load(500)); });
    CHECK(pauses(host));
    std::vector<Taken> taken;
    while (taken.size() < load(500) && host.take(taken, patience_ms(), 7) == Status::ok)
      ::usleep(200);
    CHECK(taken.size() == load(500));
    CHECK(host.sum(&Counters::accepted) == load(500));
    CHECK(host.sum(&Counters::refused) == 0);
  });
}

TEST_CASE("while the queue is full the kernel holds what comes") {
  on_each_mode([](const Settings& settings) {
    Host host(one(on("127.0.0.1:0")), small(settings));
    const std::vector<Fd> before = connect_to(host.address(), 30);
    CHECK(pauses(host));
    const uint64_t queued = host.stats().queued;
    const std::vector<Fd> after = connect_to(host.address(), 50);
    host.let_work();
    CHECK(host.stats().queued + host.stats().kernel_queue == 80);
    CHECK(host.stats().queued <= 30);
    CHECK(host.stats().queued >= queued);
    CHECK(host.stats().health == Health::ok);
    CHECK(host.take_all(80).size() == 80);
  });
}

TEST_CASE("a small queue is never fuller than asked for") {
  on_each_mode([](const Settings& settings) {
    for (const uint32_t capacity : {1u, 2u, tortured() ? 17u : 255u}) {
      CAPTURE(capacity);
      const size_t more = capacity + load(60);
      Host host(one(on("127.0.0.1:0")), small(settings, capacity));
      const std::vector<Fd> clients = connect_to(host.address(), more);
      CHECK((pauses(host) || fault_fired()));
      CHECK(host.stats().queued == capacity);
      CHECK(host.take_all(more).size() == more);
    }
  });
}

// One completion ring's worth at once.
TEST_CASE("a burst far beyond the queue arrives whole") {
  on_each_mode([](const Settings& settings) {
    Host host(one(on("127.0.0.1:0")), small(settings));
    const std::vector<Fd> clients = connect_to(host.address(), load(2000));
    CHECK(host.take_all(load(2000)).size() == load(2000));
    CHECK(host.sum(&Counters::refused) == 0);
  });
}

TEST_CASE("many listeners share one small queue without loss") {
  on_each_mode([](const Settings& settings) {
    const size_t listeners = tortured() ? 8 : 40;
    const size_t connections = listeners * load(10);
    std::vector<ListenerConfig> configs;
    for (uint64_t id = 0; id < listeners; ++id) configs.push_back(on("127.0.0.1:0", id));
    Host host(std::move(configs), small(settings, 2));
    std::vector<Fd> clients;
    for (size_t i = 0; i < connections; ++i)
      clients.push_back(connected_to(host.address(i % listeners)));
    std::vector<Taken> taken;
    while (taken.size() < connections && host.take(taken, patience_ms(), 3) == Status::ok) {
    }
    CHECK(taken.size() == connections);
    CHECK(host.sum(&Counters::refused) == 0);
  });
}

TEST_CASE("many takers and a small queue: everybody is answered") {
  on_each_mode([](const Settings& settings) {
    Host host(one(on("127.0.0.1:0")), small(settings, 1));
    Answerers answerers(host, 4);
    Churn churn(host.address(), 4);
    CHECK(eventually([&] { return churn.served() >= load(1000); }));
    churn.stop();
    CHECK(churn.lost() == 0);
    CHECK(churn.refused() == 0);
  });
}

}  // namespace
}  // namespace zest::acceptor
