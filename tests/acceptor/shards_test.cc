// Shards that the host's own threads drive.
#include <doctest/doctest.h>
#include <poll.h>
#include <unistd.h>

#include <latch>
#include <thread>

#include "acceptor/clients.h"
#include "acceptor/host.h"
#include "acceptor/waiter.h"
#include "support/backends.h"
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

// Waits as an event loop does: by the fd alone, and takes until there is nothing.
class Watcher {
 public:
  Watcher(Host& host, uint32_t shard) : host_(host), shard_(shard) {
    CHECK(host.service().shard_event_fd(shard, fd_) == Status::ok);
  }
  bool readable(int64_t timeout_ms) const {
    pollfd waiting{.fd = fd_, .events = POLLIN, .revents = 0};
    return ::poll(&waiting, 1, static_cast<int>(timeout_ms)) == 1;
  }
  // False if the fd told of nothing. A turn that finds nothing is no harm, if they are few.
  bool wait_and_take() {
    if (!readable(patience_ms())) return false;
    ++wakeups;
    while ((last = host_.take_from(shard_, taken, 0)) == Status::ok) {
    }
    return true;
  }

  std::vector<Taken> taken;
  Status last = Status::timed_out;
  int wakeups = 0;

 private:
  Host& host_;
  const uint32_t shard_;
  int fd_ = -1;
};

TEST_CASE("there are as many shards as asked for, each with a socket of every address") {
  on_each_backend([](io::BackendKind kind) {
    std::vector<ListenerConfig> configs;
    configs.push_back(on("127.0.0.1:0", 1));
    configs.push_back(on("127.0.0.1:0", 2));
    Host host(std::move(configs), with_shards(kind, 3));
    CHECK(host.service().shard_count() == 3);
    REQUIRE(host.report().rows.size() == 6);
    for (size_t row = 0; row < 6; ++row) CHECK(host.row(row).shard == row % 3);
  });
}

TEST_CASE("who drives a shard first owns it, and no other thread gets in") {
  on_each_backend([](io::BackendKind kind) {
    Host host(one(on("127.0.0.1:0")), with_shards(kind));
    std::vector<Taken> none;
    CHECK(host.take_from(0, none, 0) == Status::timed_out);
    std::jthread other([&] {
      std::vector<Taken> others;
      CHECK(host.take_from(0, others, 0) == Status::wrong_thread);
      CHECK(host.take_from(0, others, patience_ms()) == Status::wrong_thread);
      CHECK(host.take_from(1, others, 0) == Status::timed_out);
    });
    other.join();
    CHECK(host.take_from(1, none, 0) == Status::wrong_thread);
    CHECK(host.take_from(0, none, 0) == Status::timed_out);
    CHECK(host.take_from(2, none, 0) == Status::invalid_argument);
  });
}

TEST_CASE("the service as a whole has nothing to take where it has shards") {
  on_each_backend([](io::BackendKind kind) {
    Host host(one(on("127.0.0.1:0")), with_shards(kind));
    Accepted place;
    size_t count = 0;
    int fd = -1;
    CHECK(host.service().next({&place, 1}, count, 0) == Status::wrong_mode);
    CHECK(host.service().event_fd(fd) == Status::wrong_mode);
  });
}

TEST_CASE("a host that waits for the fd alone misses nothing") {
  on_each_backend([](io::BackendKind kind) {
    Host host(one(on("127.0.0.1:0")), with_shards(kind, 1));
    Watcher watcher(host, 0);
    for (size_t wave = 1; wave <= 10; ++wave) {
      const std::vector<Fd> clients = connect_to(host.address(), 10);
      while (watcher.taken.size() < 10 * wave && watcher.wait_and_take()) {
      }
      CHECK(watcher.taken.size() == 10 * wave);
    }
  });
}

TEST_CASE("the fd is quiet while there is nothing to do") {
  on_each_backend([](io::BackendKind kind) {
    Host host(one(on("127.0.0.1:0")), with_shards(kind, 1));
    Watcher watcher(host, 0);
    while (watcher.wakeups < 20 && watcher.readable(20)) watcher.wait_and_take();
    CHECK((watcher.wakeups < 10 || fault_fired()));
    const Fd client = connected_to(host.address());
    CHECK(watcher.wait_and_take());
    CHECK(watcher.taken.size() == 1);
  });
}

TEST_CASE("a host that waits for the fd alone goes on after a full queue") {
  on_each_backend([](io::BackendKind kind) {
    Settings settings = with_shards(kind, 1);
    settings.queue_capacity = 4;
    Host host(one(on("127.0.0.1:0")), settings);
    Watcher watcher(host, 0);
    std::vector<Fd> clients = connect_to(host.address(), 30);
    CHECK(eventually([&] {
      host.let_work();
      return host.sum(&Counters::queue_full_pauses) > 0;
    }));
    for (Fd& client : connect_to(host.address(), 70)) clients.push_back(std::move(client));
    while (watcher.taken.size() < 100 && watcher.wait_and_take()) {
    }
    CHECK(watcher.taken.size() == 100);
  });
}

TEST_CASE("a host that waits for the fd alone drains when another thread shuts down") {
  on_each_backend([](io::BackendKind kind) {
    Host host(one(on("127.0.0.1:0")), with_shards(kind, 1));
    Watcher watcher(host, 0);
    watcher.wait_and_take();
    const std::vector<Fd> clients = connect_to(host.address(), 10);
    Receipt receipt;
    std::jthread shutter([&] { receipt = host.shut_down(); });
    while (watcher.last != Status::closed && (watcher.wait_and_take() || fault_fired())) {
    }
    shutter.join();
    CHECK(watcher.last == Status::closed);
    CHECK(watcher.taken.size() == 10);
    CHECK(receipt.complete);
    CHECK(receipt.duration_ns < 5 * static_cast<uint64_t>(ns_per_s));
  });
}

TEST_CASE("a shard that nobody drove is drained by the shutdown, and taken from meanwhile") {
  on_each_backend([](io::BackendKind kind) {
    Settings settings = with_shards(kind, 1);
    settings.queue_capacity = 1;
    Host host(one(on("127.0.0.1:0")), settings);
    const std::vector<Fd> clients = connect_to(host.address(), load(200));
    Receipt receipt;
    std::jthread shutter([&] { receipt = host.shut_down(); });
    eventually([&] { return host.sum(&Counters::accepted) > 0; });
    Watcher watcher(host, 0);
    while (watcher.last != Status::closed && (watcher.wait_and_take() || fault_fired())) {
    }
    shutter.join();
    CHECK(watcher.last == Status::closed);
    CHECK(watcher.taken.size() == clients.size());
    CHECK(receipt.complete);
    CHECK(watcher.readable(0));
  });
}

TEST_CASE("the owner's own shutdown drains its shard") {
  on_each_backend([](io::BackendKind kind) {
    Host host(one(on("127.0.0.1:0")), with_shards(kind, 1));
    host.let_work();
    const std::vector<Fd> clients = connect_to(host.address(), 10);
    const Receipt receipt = host.shut_down();
    CHECK(receipt.complete);
    CHECK(receipt.in_queue == 10);
    std::vector<Taken> rest;
    CHECK(host.take_end(&rest) == Status::closed);
    CHECK(rest.size() == 10);
  });
}

TEST_CASE("a shutdown waits for a shard that another thread drives, and no longer than told") {
  on_each_backend([](io::BackendKind kind) {
    Host host(one(on("127.0.0.1:0")), with_shards(kind, 1));
    std::latch owned(1);
    std::latch told(1);
    std::jthread owner([&] {
      host.let_work();
      owned.count_down();
      told.wait();
    });
    owned.wait();
    const Receipt receipt = host.shut_down(20);
    CHECK_FALSE(receipt.complete);
    CHECK(receipt.duration_ns >= 20 * static_cast<uint64_t>(ns_per_ms));
    CHECK(receipt.duration_ns < 10 * static_cast<uint64_t>(ns_per_s));
    told.count_down();
  });
}

TEST_CASE("each shard of its own thread drains itself when one of them shuts down") {
  on_each_backend([](io::BackendKind kind) {
    Host host(one(on("127.0.0.1:0")), with_shards(kind, 3));
    const Fd held = hold_port(host.address());
    Answerers answerers(host);
    Churn churn(host.address(), 3);
    CHECK(eventually([&] { return churn.served() >= load(100); }));
    const Receipt receipt = host.shut_down();
    answerers.join();
    churn.stop();
    CHECK(receipt.complete);
    CHECK(answerers.all_closed());
    CHECK(churn.lost() == 0);
  });
}

TEST_CASE("single listeners spread over the shards") {
  on_each_backend([](io::BackendKind kind) {
    Settings settings = with_shards(kind, 3);
    settings.single_listener = true;
    std::vector<ListenerConfig> configs;
    for (uint64_t id = 0; id < 6; ++id) configs.push_back(on("127.0.0.1:0", id));
    Host host(std::move(configs), settings);
    REQUIRE(host.report().rows.size() == 6);
    for (size_t row = 0; row < 6; ++row) CHECK(host.row(row).shard == row % 3);
    std::vector<Fd> clients;
    for (size_t row = 0; row < 6; ++row) clients.push_back(connected_to(host.address(row)));
    CHECK(host.take_all(6).size() == 6);
  });
}

}  // namespace
}  // namespace zest::acceptor
