// Shards whose thread does not come: it has ended, or is busy elsewhere until the deadline.
#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <latch>
#include <thread>

#include "acceptor/clients.h"
#include "acceptor/host.h"
#include "support/backends.h"
#include "support/sockets.h"
#include "support/torture.h"

namespace zest::acceptor {
namespace {

using namespace zest::test;

Settings one_shard(io::BackendKind kind) {
  Settings settings = settings_for(kind, 1);
  settings.shards = true;
  return settings;
}

std::string unix_address() { return "unix:@zest-deserted-" + std::to_string(::getpid()); }

void on_each_backend_and_family(
    const std::function<void(io::BackendKind, const std::string&)>& body) {
  on_each_backend([&](io::BackendKind kind) {
    for (const std::string& where : {std::string("127.0.0.1:0"), unix_address()}) {
      CAPTURE(where);
      body(kind, where);
    }
  });
}

// A thread that becomes the owner and ends.
void drive_and_end(Host& host) {
  std::thread([&] { host.let_work(); }).join();
}

// A thread that becomes the owner, does something else until it is told, and drives on to the end.
class BusyOwner {
 public:
  explicit BusyOwner(Host& host) : host_(host), thread_([this] { run(); }) { owns_.wait(); }
  ~BusyOwner() {
    if (thread_.joinable()) come_back();
  }
  void come_back() {
    back_.count_down();
    thread_.join();
  }

  std::vector<Taken> taken;
  Status last = Status::ok;

 private:
  void run() {
    host_.let_work();
    owns_.count_down();
    back_.wait();
    last = host_.take_end(&taken);
  }

  Host& host_;
  std::latch owns_{1};
  std::latch back_{1};
  std::thread thread_;
};

// A handshake's last segment may be late under load; a Unix socket does not tell.
bool all_wait(Host& host, uint64_t count) {
  if (host.row().protocol != net::Protocol::tcp) return true;
  return eventually([&] { return host.stats().kernel_queue == count; });
}

bool is_gone(const Fd& client) {
  pollfd told{.fd = client.get(), .events = POLLIN, .revents = 0};
  return ::poll(&told, 1, tortured() ? 500 : 5000) == 1;
}

TEST_CASE("a shard whose owner has ended says so, and keeps out other threads") {
  on_each_backend([](io::BackendKind kind) {
    Host host(one(on("127.0.0.1:0")), one_shard(kind));
    CHECK(host.stats().health == Health::ok);
    drive_and_end(host);
    CHECK(eventually([&] { return host.stats().health == Health::degraded; }));
    for (int i = 0; i < 3; ++i)  // one of them may well have the pthread_t of the owner
      std::thread([&] {
        std::vector<Taken> none;
        CHECK(host.take_from(0, none, 0) == Status::wrong_thread);
      }).join();
    host.shut_down();
    CHECK(host.stats().health == Health::ok);
  });
}

TEST_CASE("a shutdown drains a shard whose owner has ended, and any thread takes from it") {
  on_each_backend_and_family([](io::BackendKind kind, const std::string& where) {
    Host host(one(on(where)), one_shard(kind));
    drive_and_end(host);
    CHECK(eventually([&] { return host.stats().health == Health::degraded; }));
    const std::vector<Fd> clients = connect_to(host.address(), 50);
    const Receipt receipt = host.shut_down();
    CHECK(receipt.complete);
    CHECK(receipt.in_queue == 50);
    CHECK(receipt.left_in_kernel == 0);
    std::vector<Taken> rest;
    CHECK(host.take_end(&rest) == Status::closed);
    CHECK(rest.size() == 50);
  });
}

TEST_CASE("what does not fit the queue of such a shard is taken meanwhile, or counted as left") {
  on_each_backend_and_family([](io::BackendKind kind, const std::string& where) {
    Settings settings = one_shard(kind);
    settings.queue_capacity = 4;
    const int64_t patience = tortured() ? 200 : 10'000;  // a call that fails may leave some waiting
    for (const bool taken : {true, false}) {
      CAPTURE(taken);
      Host host(one(on(where)), settings);
      drive_and_end(host);
      CHECK(eventually([&] { return host.stats().health == Health::degraded; }));
      const std::vector<Fd> clients = connect_to(host.address(), 50);
      CHECK(all_wait(host, 50));
      Receipt receipt;
      std::jthread shutter([&] { receipt = host.shut_down(taken ? patience : 50); });
      if (!taken) shutter.join();
      std::vector<Taken> rest;
      while (host.take_end(&rest) == Status::wrong_thread && !fault_fired()) ::usleep(100);
      if (taken) shutter.join();
      CHECK(receipt.complete == taken);
      CHECK(receipt.accepted == (taken ? 50 : 4));
      CHECK(receipt.left_in_kernel == (taken ? 0 : 46));
    }
  });
}

TEST_CASE("at the deadline the sockets of a busy owner close, and what waited is counted") {
  on_each_backend_and_family([](io::BackendKind kind, const std::string& where) {
    Host host(one(on(where)), one_shard(kind));
    BusyOwner owner(host);
    const std::vector<Fd> clients = connect_to(host.address(), 50);
    CHECK(all_wait(host, 50));
    const Receipt receipt = host.shut_down(20);
    CHECK_FALSE(receipt.complete);
    CHECK(receipt.accepted == 0);
    CHECK(receipt.left_in_kernel == 50);
    CHECK(receipt.duration_ns >= 20 * static_cast<uint64_t>(ns_per_ms));
    CHECK(is_gone(clients[0]));
    owner.come_back();
    CHECK(owner.last == Status::closed);
    CHECK(owner.taken.empty());
    const Receipt again = host.shut_down();
    CHECK_FALSE(again.complete);
    CHECK(again.accepted == 0);
    CHECK(again.left_in_kernel == 50);
    CHECK(again.duration_ns == receipt.duration_ns);
  });
}

TEST_CASE("an end without a shutdown lets go of a shard whose owner has ended") {
  on_each_backend([](io::BackendKind kind) {
    Host host(one(on("127.0.0.1:0")), one_shard(kind));
    drive_and_end(host);
    const std::vector<Fd> clients = connect_to(host.address(), 5);
    host.free();
    CHECK(is_gone(clients[4]));
  });
}

}  // namespace
}  // namespace zest::acceptor
