// What accept answers instead of a connection: what is no matter, and what is the end.
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <set>

#include "acceptor/clients.h"
#include "acceptor/host.h"
#include "support/apart.h"
#include "support/backends.h"
#include "support/sockets.h"
#include "sys/fault.h"

namespace zest::acceptor {
namespace {

using namespace zest::test;

// A listener whose end can be brought about from outside: the socket is held twice.
struct Doomed {
  Doomed() : listening(test::listening()), copy(::dup(listening.fd.get())) {}
  ListenerConfig config(uint64_t id) {
    ListenerConfig config;
    config.id = id;
    config.adopted = std::move(listening.fd);
    return config;
  }
  void end() const { CHECK(::shutdown(copy.get(), SHUT_RDWR) == 0); }

  Listening listening;
  Fd copy;
};

TEST_CASE("a listener that fails is news, and the others go on") {
  on_each_mode([](const Settings& settings) {
    Doomed doomed;
    std::vector<ListenerConfig> configs;
    configs.push_back(doomed.config(66));
    configs.push_back(on("127.0.0.1:0", 1));
    Host host(std::move(configs), settings);
    const Fd first = connected_to(doomed.listening.address);
    const Fd second = connected_to(host.address(1));
    CHECK(host.take_all(2).size() == 2);
    doomed.end();
    const std::vector<Taken> news = host.take_all(1);
    REQUIRE(news.size() == 1);
    CHECK_FALSE(news[0].fd.valid());
    CHECK(news[0].listener_id == 66);
    CHECK(news[0].at_ns == EINVAL);
    const Fd third = connected_to(host.address(1));
    const std::vector<Taken> after = host.take_all(1);
    REQUIRE(after.size() == 1);
    CHECK(after[0].listener_id == 1);
    const bool dead_alone = !settings.shards;  // a shard has sockets of other listeners, too
    CHECK(host.stats(news[0].shard).health == (dead_alone ? Health::failed : Health::ok));
    CHECK(host.shut_down().complete);
    CHECK(host.take_end() == Status::closed);
  });
}

TEST_CASE("what was accepted before a failure comes out before the news") {
  on_each_mode([](const Settings& settings) {
    Doomed doomed;
    Host host(one(doomed.config(66)), settings);
    const std::vector<Fd> clients = connect_to(doomed.listening.address, 5);
    CHECK(eventually([&] {
      host.let_work();
      return host.sum(&Counters::accepted) == 5;
    }));
    doomed.end();
    const std::vector<Taken> taken = host.take_all(6);
    REQUIRE(taken.size() == 6);
    for (size_t i = 0; i < 5; ++i) CHECK(taken[i].fd.valid());
    CHECK_FALSE(taken[5].fd.valid());
    if (!settings.shards) CHECK(host.take_end() == Status::closed);
  });
}

#ifdef ZEST_FAULTS

struct EveryAccept {
  explicit EveryAccept(int error) { sys::fault::arm_all("op accept", error); }
  ~EveryAccept() { sys::fault::arm_all(nullptr, 0); }
};

TEST_SUITE_BEGIN("no-torture");

TEST_CASE("a transient error neither surfaces nor stops the listener") {
  on_each_mode([](const Settings& settings) {
    for (const int error : {ECONNABORTED, EPROTO, EPERM, ENETDOWN, EINTR}) {
      auto failing = std::make_unique<EveryAccept>(error);
      Host host(one(on("127.0.0.1:0")), settings);
      CHECK(eventually([&] {
        host.let_work();
        return error == EINTR ||
               host.sum(&Counters::accepted) + host.stats().counters->transient.total() >= 10;
      }));
      failing.reset();
      const std::vector<Fd> clients = connect_to(host.address(), 10);
      const std::vector<Taken> taken = host.take_all(10);
      REQUIRE(taken.size() == 10);
      for (const Taken& each : taken) CHECK(each.fd.valid());
      const auto& first = host.stats().counters->transient.by_errno()[0];
      CHECK((error == EINTR || first.os_errno == error));
    }
  });
}

TEST_CASE("an error that means want of memory pauses, and is over when it is over") {
  on_each_mode([](const Settings& settings) {
    for (const int error : {ENOMEM, ENOBUFS, ENFILE, EMFILE}) {
      auto failing = std::make_unique<EveryAccept>(error);
      Host host(one(on("127.0.0.1:0")), settings);
      const std::vector<Fd> clients = connect_to(host.address(), 10);
      CHECK(eventually([&] {
        host.let_work();
        return host.sum(&Counters::resource_pauses) >= 3;
      }));
      CHECK(host.sum(&Counters::accepted) == 0);
      failing.reset();
      CHECK(host.take_all(10).size() == 10);
      const auto healthy = [&] { return host.stats().health == Health::ok; };
      CHECK(eventually(healthy));
    }
  });
}

TEST_CASE("an error without end does not spin") {
  on_each_mode([](const Settings& settings) {
    const EveryAccept failing(EPERM);
    Host host(one(on("127.0.0.1:0")), settings);
    const Fd client = connected_to(host.address());
    const double before = cpu_seconds();
    std::vector<Taken> none;
    const int64_t end_ns = system_clock().now_ns() + ns_per_s;
    while (system_clock().now_ns() < end_ns) host.take_from(0, none, 250);
    CHECK(none.empty());
    CHECK(cpu_seconds() - before < 0.25);
  });
}

struct EveryEnter {
  explicit EveryEnter(int error) { sys::fault::arm_all("io_uring_enter", error); }
  ~EveryEnter() { sys::fault::arm_all(nullptr, 0); }
};

// Connections that may come to nothing, until every thread was woken by one.
void knock(const sys::Address& address) {
  const Fd fd(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  (void)::connect(fd.get(), address.get(), address.size());
}

TEST_CASE("a ring that the kernel refuses to turn ends its listeners, each with the errno") {
  on_each_mode([](const Settings& settings) {
    if (settings.backend != io::BackendKind::uring) return;
    for (const int error : {EBADR, EPERM}) {
      CAPTURE(error);
      std::vector<ListenerConfig> configs;
      configs.push_back(on("127.0.0.1:0", 10));
      // One of its own each time: a ring gives up the name of an accept some time after its end.
      configs.push_back(on("unix:@zest-refused-" + std::to_string(::getpid()) + "-" +
                               std::to_string(2 * error + settings.shards),
                           20));
      Host host(std::move(configs), settings);
      host.let_work();
      std::multiset<uint64_t> failed;
      {
        const EveryEnter failing(error);
        CHECK(eventually([&] {
          for (const size_t row : {size_t{0}, size_t{2}}) knock(host.address(row));
          std::vector<Taken> taken;
          host.take(taken, 0);
          for (const Taken& each : taken) {
            if (each.fd.valid()) continue;
            CHECK(each.at_ns == error);
            failed.insert(each.listener_id);
          }
          return failed.size() >= 3;
        }));
      }
      CHECK(failed == std::multiset<uint64_t>{10, 10, 20});
      for (uint32_t shard = 0; shard < host.service().shard_count(); ++shard)
        CHECK(host.stats(shard).health == Health::failed);
      CHECK(host.take_end() == Status::closed);
      host.shut_down();
    }
  });
}

TEST_CASE("an error that is none of the known ends each listener with its id") {
  on_each_mode([](const Settings& settings) {
    const EveryAccept failing(EBADF);
    std::vector<ListenerConfig> configs;
    configs.push_back(on("127.0.0.1:0", 10));
    configs.push_back(on("127.0.0.1:0", 20));
    Host host(std::move(configs), settings);
    std::multiset<uint64_t> failed;
    for (const Taken& news : host.take_all(4)) {
      CHECK_FALSE(news.fd.valid());
      CHECK(news.at_ns == EBADF);
      failed.insert(news.listener_id);
    }
    CHECK(failed == std::multiset<uint64_t>{10, 10, 20, 20});
    for (uint32_t shard = 0; shard < host.service().shard_count(); ++shard)
      CHECK(host.stats(shard).health == Health::failed);
    CHECK(host.take_end() == Status::closed);
    CHECK(host.shut_down().complete);
  });
}

TEST_SUITE_END();

#endif

}  // namespace
}  // namespace zest::acceptor
