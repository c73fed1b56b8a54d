// The end without order: freeing what is in use, from whichever thread.
#include <doctest/doctest.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "acceptor/clients.h"
#include "acceptor/host.h"
#include "acceptor/waiter.h"
#include "support/backends.h"
#include "support/leftovers.h"
#include "support/sockets.h"
#include "support/torture.h"

namespace zest::acceptor {
namespace {

using namespace zest::test;

Settings with_shards(io::BackendKind kind, uint32_t count = 2) {
  Settings settings = settings_for(kind, count);
  settings.shards = true;
  return settings;
}

// What a call answered that was still inside when its service went.
struct Left {
  explicit Left(Host& host, uint32_t shard)
      : waiter([this, &service = host.service(), shard, driven = host.driven()] {
          Accepted place;
          size_t count = 0;
          status = driven ? service.shard_next(shard, {&place, 1}, count, -1)
                          : service.next({&place, 1}, count, -1);
          if (status == Status::ok) ::close(place.fd);
        }) {}

  std::atomic<Status> status{Status::ok};
  Waiter waiter;
};

TEST_CASE("freeing a service tells all who wait in it") {
  on_each_mode([](const Settings& settings) {
    Host host(one(on("127.0.0.1:0")), settings);
    Left first(host, 0);
    Left second(host, 1);
    host.free();
    first.waiter.join();
    second.waiter.join();
    CHECK(first.status == Status::closed);
    CHECK(second.status == Status::closed);
  });
}

TEST_CASE("a service that is busy can be freed") {
  on_each_mode([](const Settings& settings) {
    for (size_t round = 0; round < load(5); ++round) {
      Host host(one(on("127.0.0.1:0")), settings);
      const Fd held = hold_port(host.address());
      Churn churn(host.address(), 3);
      {
        const Answerers answerers(host, 2);
        CHECK(eventually([&] { return churn.served() >= load(20); }));
      }
      host.free();
    }
  });
}

TEST_CASE("freeing a service ends a shutdown that still waits") {
  on_each_mode([](Settings settings) {
    settings.queue_capacity = 1;
    settings.threads_per_address = 1;
    Host host(one(on("127.0.0.1:0")), settings);
    const std::vector<Fd> before = connect_to(host.address(), 10);
    CHECK(eventually([&] {
      host.let_work();
      return host.sum(&Counters::queue_full_pauses) > 0;
    }));
    const std::vector<Fd> clients = connect_to(host.address(), 10);
    const int64_t before_ns = system_clock().now_ns();
    Receipt receipt;
    Waiter shutter([&receipt, &service = host.service()] { service.shutdown(60'000, receipt); });
    host.free();
    shutter.join();
    CHECK(system_clock().now_ns() - before_ns < 30 * ns_per_s);
  });
}

TEST_CASE("what nobody took is closed with the service") {
  on_each_mode([](const Settings& settings) {
    const size_t before = open_fds();
    Host host(one(on("127.0.0.1:0")), settings);
    const std::vector<Fd> clients = connect_to(host.address(), 20);
    CHECK(eventually([&] {
      host.let_work();
      return host.sum(&Counters::accepted) == 20;
    }));
    host.free();
    CHECK(settles(open_fds, before + 20));
  });
}

TEST_CASE("UDP sockets that nobody took are closed with the service") {
  on_each_mode([](const Settings& settings) {
    const size_t before = open_fds();
    ListenerConfig config = on("127.0.0.1:0");
    config.protocol = net::Protocol::udp;
    Host host(one(std::move(config)), settings);
    host.free();
    CHECK(settles(open_fds, before));
  });
}

TEST_CASE("shards freed by another thread leave their port free at once, and no fd") {
  on_each_backend([](io::BackendKind kind) {
    const size_t before = open_fds();
    for (int round = 0; round < 5; ++round) {
      Host host(one(on("127.0.0.1:0")), with_shards(kind));
      const sys::Address address = host.address();
      const std::vector<Fd> clients = connect_to(address, 10);
      std::jthread driver([&] { CHECK(host.take_all(1).size() == 1); });
      driver.join();
      host.free();
      const Host again(one(on(address.format().c_str())), with_shards(kind));
    }
    CHECK(settles(open_fds, before));
  });
}

TEST_CASE("shards that nobody ever drove are freed alike") {
  on_each_backend([](io::BackendKind kind) {
    const size_t before = open_fds();
    Host host(one(on("127.0.0.1:0")), with_shards(kind, 3));
    const std::string where = host.address().format().c_str();
    const std::vector<Fd> clients = connect_to(host.address(), 10);
    host.free();
    CHECK(settles(open_fds, before + 10));
    const Host again(one(on(where)), with_shards(kind));
  });
}

}  // namespace
}  // namespace zest::acceptor
