// The end in order: what has begun is finished, and the receipt adds up.
#include <doctest/doctest.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "acceptor/clients.h"
#include "acceptor/host.h"
#include "support/backends.h"
#include "support/sockets.h"
#include "support/torture.h"

namespace zest::acceptor {
namespace {

using namespace zest::test;

std::string unix_address() { return "unix:/tmp/zest-shutdown-" + std::to_string(::getpid()); }

void check_adds_up(const Receipt& receipt) {
  CHECK(receipt.accepted == receipt.handed_over + receipt.in_queue + receipt.refused);
}

Settings small(Settings settings) {
  settings.queue_capacity = 8;
  settings.threads_per_address = 1;
  return settings;
}

TEST_CASE("a service that nobody uses shuts down at once, and is closed") {
  on_each_mode([](const Settings& settings) {
    Host host(one(on("127.0.0.1:0")), settings);
    const Receipt receipt = host.shut_down();
    CHECK(receipt.complete);
    CHECK(receipt.accepted == 0);
    CHECK(receipt.left_in_kernel == 0);
    CHECK(receipt.duration_ns < 10 * static_cast<uint64_t>(ns_per_s));
    CHECK(host.take_end() == Status::closed);
    CHECK(host.take_end() == Status::closed);
  });
}

TEST_CASE("after a shutdown nobody listens") {
  on_each_mode([](const Settings& settings) {
    Host host(one(on("127.0.0.1:0")), settings);
    CHECK(host.shut_down().complete);
    const Fd client = unconnected();
    const sys::Address& address = host.address();
    CHECK(::connect(client.get(), address.get(), address.size()) == -1);
    CHECK(errno == EINPROGRESS);
    pollfd told{.fd = client.get(), .events = POLLOUT, .revents = 0};
    CHECK(::poll(&told, 1, 5000) == 1);
    CHECK((told.revents & POLLERR) != 0);
  });
}

TEST_CASE("what was accepted can be taken after the shutdown") {
  on_each_mode([](const Settings& settings) {
    Host host(one(on("127.0.0.1:0")), settings);
    const std::vector<Fd> clients = connect_to(host.address(), 20);
    const Receipt receipt = host.shut_down();
    CHECK(receipt.complete);
    CHECK(receipt.accepted == 20);
    CHECK(receipt.in_queue == 20);
    check_adds_up(receipt);
    std::vector<Taken> rest;
    CHECK(host.take_end(&rest) == Status::closed);
    CHECK(rest.size() == 20);
    const Receipt later = host.shut_down();
    CHECK(later.complete);
    CHECK(later.handed_over == 20);
    CHECK(later.in_queue == 0);
    CHECK(later.duration_ns == receipt.duration_ns);
  });
}

TEST_CASE("a second shutdown gives the same receipt") {
  on_each_mode([](const Settings& settings) {
    Host host(one(on("127.0.0.1:0")), settings);
    const Receipt first = host.shut_down();
    const Receipt second = host.shut_down(0);
    CHECK(first.complete == second.complete);
    CHECK(first.duration_ns == second.duration_ns);
  });
}

TEST_CASE("with a full queue and no taker the deadline comes, and what is left is counted") {
  on_each_mode([](const Settings& settings) {
    for (const std::string& where : {std::string("127.0.0.1:0"), unix_address()}) {
      CAPTURE(where);
      Host host(one(on(where)), small(settings));
      const std::vector<Fd> before = connect_to(host.address(), 30);
      CHECK(eventually([&] {
        host.let_work();
        return host.sum(&Counters::queue_full_pauses) > 0;
      }));
      const std::vector<Fd> clients = connect_to(host.address(), 70);
      const Receipt receipt = host.shut_down(static_cast<int64_t>(load(100)));
      CHECK_FALSE(receipt.complete);
      CHECK(receipt.accepted >= 8);
      CHECK(receipt.left_in_kernel > 0);
      CHECK(receipt.accepted + receipt.left_in_kernel == 100);
      check_adds_up(receipt);
      std::vector<Taken> rest;
      CHECK(host.take_end(&rest) == Status::closed);
      CHECK(rest.size() == receipt.in_queue);
    }
  });
}

TEST_CASE("a slow taker gets all that waited, queue or kernel") {
  on_each_mode([](const Settings& settings) {
    for (const std::string& where : {std::string("127.0.0.1:0"), unix_address()}) {
      CAPTURE(where);
      Host host(one(on(where)), small(settings));
      const std::vector<Fd> clients = connect_to(host.address(), load(400));
      std::vector<Taken> taken = host.take_all(1);
      Receipt receipt;
      std::jthread shutter([&] { receipt = host.shut_down(); });
      // Until the end, whatever fails: nobody else makes room.
      while (host.take(taken, patience_ms(), 3) != Status::closed) ::usleep(50);
      shutter.join();
      CHECK(taken.size() == clients.size());
      CHECK(receipt.complete);
      CHECK(receipt.left_in_kernel == 0);
      check_adds_up(receipt);
    }
  });
}

TEST_CASE("under churn nobody is lost, and the receipt adds up") {
  on_each_mode([](const Settings& settings) {
    for (const std::string& where : {std::string("127.0.0.1:0"), unix_address()}) {
      CAPTURE(where);
      Host host(one(on(where)), settings);
      const Fd held = hold_port(host.address());
      Answerers answerers(host);
      Churn churn(host.address(), 4);
      CHECK(eventually([&] { return churn.served() >= load(200); }));
      const Receipt receipt = host.shut_down();
      answerers.join();
      churn.stop();
      CHECK(receipt.complete);
      check_adds_up(receipt);
      CHECK(churn.lost() == 0);
      CHECK(answerers.all_closed());
      const Receipt later = host.shut_down();
      CHECK(later.in_queue == 0);
      CHECK(later.handed_over == later.accepted);
      CHECK(answerers.answered() == later.handed_over);
      CHECK(churn.served() == answerers.answered());
    }
  });
}

// The kernel takes a second over it.
TEST_CASE("a handshake that waits for its first bytes is finished, too" *
          doctest::test_suite("no-torture")) {
  on_each_mode([](Settings settings) {
    settings.socket.defer_accept_s = 30;
    Host host(one(on("127.0.0.1:0")), settings);
    const std::vector<Fd> clients = connect_to(host.address(), 5);
    std::vector<Taken> taken;
    CHECK(host.take(taken, 0) == Status::timed_out);
    const Receipt receipt = host.shut_down();
    CHECK(receipt.complete);
    CHECK(receipt.accepted == 5);
  });
}

TEST_CASE("whoever waits is told of the end") {
  on_each_mode([](const Settings& settings) {
    Host host(one(on("127.0.0.1:0")), settings);
    Answerers answerers(host, 3);
    ::usleep(2000);
    CHECK(host.shut_down().complete);
    answerers.join();
    CHECK(answerers.all_closed());
  });
}

TEST_CASE("a Unix file that a successor has put in place is left alone") {
  on_each_mode([](const Settings& settings) {
    const std::string where = unix_address();
    const char* path = where.c_str() + 5;
    Host first(one(on(where)), settings);
    CHECK(::unlink(path) == 0);
    Host second(one(on(where)), settings);
    first.shut_down();
    first.free();
    struct stat file{};
    CHECK(::stat(path, &file) == 0);
    second.shut_down();
    CHECK(::stat(path, &file) == -1);
  });
}

}  // namespace
}  // namespace zest::acceptor
