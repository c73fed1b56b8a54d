// What comes up and what comes out: addresses, ids, protocols, modes.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <set>

#include "acceptor/clients.h"
#include "acceptor/host.h"
#include "support/backends.h"
#include "support/sockets.h"

namespace zest::acceptor {
namespace {

using namespace zest::test;

std::string name_of(const Fd& fd, int (*get_name)(int, sockaddr*, socklen_t*)) {
  sys::Address address;
  socklen_t size = sys::Address::capacity();
  CHECK(get_name(fd.get(), address.get(), &size) == 0);
  address.set_size(size);
  return address.format().c_str();
}

TEST_CASE("what clients connect to comes out, non-blocking, close-on-exec, and connected") {
  on_each_mode([](const Settings& settings) {
    Host host(one(on("127.0.0.1:0", 42)), settings);
    const int64_t before_ns = system_clock().now_ns();
    const std::vector<Fd> clients = connect_to(host.address(), 10);
    const std::vector<Taken> taken = host.take_all(10);
    REQUIRE(taken.size() == 10);
    std::set<std::string> expected;
    std::set<std::string> came;
    for (const Fd& client : clients) expected.insert(name_of(client, ::getsockname));
    for (const Taken& each : taken) {
      came.insert(name_of(each.fd, ::getpeername));
      CHECK(each.listener_id == 42);
      CHECK(each.protocol == net::Protocol::tcp);
      CHECK(each.at_ns >= before_ns - ns_per_s);
      CHECK(each.at_ns <= system_clock().now_ns());
      CHECK((::fcntl(each.fd.get(), F_GETFL) & O_NONBLOCK));
      CHECK((::fcntl(each.fd.get(), F_GETFD) & FD_CLOEXEC));
    }
    CHECK(came == expected);
  });
}

TEST_CASE("bytes go both ways over what was accepted") {
  on_each_mode([](const Settings& settings) {
    Host host(one(on("[::1]:0")), settings);
    const Fd client = connected_to(host.address());
    const std::vector<Taken> taken = host.take_all(1);
    REQUIRE(taken.size() == 1);
    write_all(client, "question");
    pollfd readable{.fd = taken[0].fd.get(), .events = POLLIN, .revents = 0};
    REQUIRE(::poll(&readable, 1, static_cast<int>(patience_ms())) == 1);
    CHECK(read_exactly(taken[0].fd, 8) == "question");
    write_all(taken[0].fd, "answer");
    CHECK(read_exactly(client, 6) == "answer");
  });
}

TEST_CASE("each of several listeners tells its id") {
  on_each_mode([](const Settings& settings) {
    std::vector<ListenerConfig> configs;
    for (uint64_t id = 100; id < 104; ++id) configs.push_back(on("127.0.0.1:0", id));
    Host host(std::move(configs), settings);
    REQUIRE(host.report().rows.size() == 8);
    std::vector<Fd> clients;
    std::map<uint64_t, int> expected;
    for (size_t listener = 0; listener < 4; ++listener) {
      for (size_t i = 0; i <= listener; ++i)
        clients.push_back(connected_to(host.address(2 * listener)));
      expected[100 + listener] = static_cast<int>(listener) + 1;
    }
    std::map<uint64_t, int> came;
    for (const Taken& each : host.take_all(10)) ++came[each.listener_id];
    CHECK(came == expected);
  });
}

TEST_CASE("an address has a socket for each thread, and all are served") {
  on_each_mode([](Settings settings) {
    settings.threads_per_address = 3;
    Host host(one(on("127.0.0.1:0")), settings);
    REQUIRE(host.report().rows.size() == 3);
    CHECK(host.service().shard_count() == 3);
    const std::vector<Fd> clients = connect_to(host.address(), 120);
    std::map<uint32_t, int> by_shard;
    for (const Taken& each : host.take_all(120)) ++by_shard[each.shard];
    CHECK(by_shard.size() == 3);
    int sum = 0;
    for (const auto& [shard, count] : by_shard) sum += count;
    CHECK(sum == 120);
  });
}

TEST_CASE("one shard's queue can be taken from alone") {
  on_each_backend([](io::BackendKind kind) {
    Host host(one(on("127.0.0.1:0")), settings_for(kind));
    REQUIRE(host.service().shard_count() == 2);
    const std::vector<Fd> clients = connect_to(host.address(), 40);
    size_t sum = 0;
    for (uint32_t shard = 0; shard < 2; ++shard) {
      std::vector<Taken> taken;
      const auto all_there = [&] {
        return host.stats(0).queued + host.stats(1).queued + sum == 40;
      };
      CHECK(eventually(all_there));
      while (host.take_from(shard, taken, 0) == Status::ok) {
      }
      for (const Taken& each : taken) CHECK(each.shard == shard);
      sum += taken.size();
    }
    CHECK(sum == 40);
    std::vector<Taken> none;
    CHECK(host.take_from(2, none, 0) == Status::invalid_argument);
  });
}

TEST_CASE("every address means IPv6 and IPv4") {
  on_each_mode([](const Settings& settings) {
    Host host(one(on(":0")), settings);
    const std::string port = std::to_string(host.address().port());
    const Fd v4 = connected_to(*sys::Address::parse("127.0.0.1:" + port));
    const Fd v6 = connected_to(*sys::Address::parse("[::1]:" + port));
    CHECK(host.take_all(2).size() == 2);
  });
}

TEST_CASE("a Unix path is served by one listener, and its file goes with it") {
  on_each_mode([](const Settings& settings) {
    const std::string path = "/tmp/zest-listen-" + std::to_string(::getpid());
    ListenerConfig config = on("unix:" + path, 5);
    config.unix_mode = 0640;
    Host host(one(std::move(config)), settings);
    REQUIRE(host.report().rows.size() == 1);
    CHECK_FALSE(host.row().reuseport);
    struct stat file{};
    REQUIRE(::stat(path.c_str(), &file) == 0);
    CHECK((file.st_mode & 0777) == 0640);
    const Fd first = connected_to(host.address());
    const Fd second = connected_to(host.address());
    const std::vector<Taken> taken = host.take_all(2);
    REQUIRE(taken.size() == 2);
    CHECK(taken[0].protocol == net::Protocol::local);
    CHECK(taken[0].listener_id == 5);
    host.free();
    CHECK(::stat(path.c_str(), &file) == -1);
  });
}

TEST_CASE("an abstract name is served") {
  on_each_mode([](const Settings& settings) {
    Host host(one(on("unix:@zest-listen-" + std::to_string(::getpid()))), settings);
    const Fd client = connected_to(host.address());
    const std::vector<Taken> taken = host.take_all(1);
    REQUIRE(taken.size() == 1);
    CHECK(taken[0].protocol == net::Protocol::local);
  });
}

TEST_CASE("a UDP socket is handed out once for each thread, bound, with its port") {
  on_each_mode([](const Settings& settings) {
    ListenerConfig config = on("127.0.0.1:0", 9);
    config.protocol = net::Protocol::udp;
    Host host(one(std::move(config)), settings);
    const std::vector<Taken> taken = host.take_all(2);
    REQUIRE(taken.size() == 2);
    std::set<uint32_t> shards;
    for (const Taken& each : taken) {
      CHECK(each.protocol == net::Protocol::udp);
      CHECK(each.listener_id == 9);
      CHECK(name_of(each.fd, ::getsockname) == host.address().format().view());
      int shares = 0;
      socklen_t size = sizeof shares;
      CHECK(::getsockopt(each.fd.get(), SOL_SOCKET, SO_REUSEPORT, &shares, &size) == 0);
      CHECK(shares == 1);
      CHECK((::fcntl(each.fd.get(), F_GETFL) & O_NONBLOCK));
      shards.insert(each.shard);
    }
    CHECK(shards.size() == 2);
    std::vector<Taken> more;
    CHECK(host.take(more, 0) == Status::timed_out);
  });
}

TEST_CASE("UDP and TCP listeners live side by side, and shut down alike") {
  on_each_mode([](const Settings& settings) {
    std::vector<ListenerConfig> configs;
    configs.push_back(on("127.0.0.1:0", 1));
    configs.push_back(on("127.0.0.1:0", 2));
    configs[1].protocol = net::Protocol::udp;
    Host host(std::move(configs), settings);
    const Fd client = connected_to(host.address());
    std::map<uint64_t, int> by_id;
    for (const Taken& each : host.take_all(3)) ++by_id[each.listener_id];
    CHECK(by_id == std::map<uint64_t, int>{{1, 1}, {2, 2}});
    CHECK(host.shut_down().complete);
    CHECK(host.take_end() == Status::closed);
  });
}

TEST_CASE("an adopted socket is served, with what waited in it") {
  on_each_mode([](const Settings& settings) {
    Listening listening = test::listening();
    const sys::Address address = listening.address;
    const std::vector<Fd> before = connect_to(address, 3);
    ListenerConfig config;
    config.id = 77;
    config.adopted = std::move(listening.fd);
    Host host(one(std::move(config)), settings);
    CHECK(host.address().format().view() == address.format().view());
    CHECK_FALSE(host.row().reuseport);
    const std::vector<Fd> after = connect_to(address, 3);
    const std::vector<Taken> taken = host.take_all(6);
    CHECK(taken.size() == 6);
    CHECK(std::ranges::all_of(taken, [](const Taken& each) { return each.listener_id == 77; }));
  });
}

TEST_CASE("a single listener has one socket, without SO_REUSEPORT") {
  on_each_mode([](Settings settings) {
    for (const bool by_setting : {false, true}) {
      settings.single_listener = by_setting;
      ListenerConfig config = on("127.0.0.1:0");
      config.single = !by_setting;
      Host host(one(std::move(config)), settings);
      REQUIRE(host.report().rows.size() == 1);
      CHECK_FALSE(host.row().reuseport);
      const std::vector<Fd> clients = connect_to(host.address(), 5);
      CHECK(host.take_all(5).size() == 5);
    }
  });
}

TEST_CASE("a service listens as soon as one of its listeners does") {
  on_each_mode([](const Settings& settings) {
    const Listening stranger = listening();
    std::vector<ListenerConfig> configs;
    configs.push_back(on(stranger.address.format().c_str(), 1));
    configs.push_back(on("127.0.0.1:0", 2));
    Host host(std::move(configs), settings);
    REQUIRE(host.report().rows.size() == 3);
    CHECK(host.row(0).status == Status::address_in_use);
    CHECK(host.row(0).os_errno == EADDRINUSE);
    CHECK(host.row(1).status == Status::ok);
    const Fd client = connected_to(host.address(1));
    CHECK(host.take_all(1).size() == 1);
    CHECK(host.shut_down().complete);
  });
}

TEST_CASE("a service of which nothing listens does not start, and says why") {
  on_each_mode([](const Settings& settings) {
    const Listening stranger = listening();
    Report report;
    const Error error =
        refused_to_start(one(on(stranger.address.format().c_str(), 31)), settings, &report);
    CHECK(error.status == Status::address_in_use);
    CHECK(error.os_errno == EADDRINUSE);
    CHECK(error.message.view().find("listener 31") != std::string_view::npos);
    CHECK(error.message.view().find("another process") != std::string_view::npos);
    CHECK(report.rows.size() == 1);
  });
}

TEST_CASE("what makes no sense is refused before anything is bound") {
  const Settings settings;
  const auto status_of = [&](std::vector<ListenerConfig> configs, const Settings& with) {
    return refused_to_start(std::move(configs), with).status;
  };
  CHECK(status_of({}, settings) == Status::invalid_argument);
  CHECK(status_of(one(on("localhost:80")), settings) == Status::bad_address);
  std::vector<ListenerConfig> twins;
  twins.push_back(on("127.0.0.1:0", 3));
  twins.push_back(on("127.0.0.1:0", 3));
  CHECK(status_of(std::move(twins), settings) == Status::duplicate_listener);
  ListenerConfig udp = on("unix:/tmp/x");
  udp.protocol = net::Protocol::udp;
  CHECK(status_of(one(std::move(udp)), settings) == Status::invalid_argument);
  ListenerConfig closed;
  closed.adopted = Fd();
  CHECK(status_of(one(std::move(closed)), settings) == Status::invalid_argument);
  CHECK(status_of(one(on("127.0.0.1:0")), {.threads_per_address = 1025}) ==
        Status::invalid_argument);
  CHECK(status_of(one(on("127.0.0.1:0")), {.queue_capacity = 0}) == Status::invalid_argument);
  CHECK(status_of(one(on("127.0.0.1:0")), {.queue_capacity = (1 << 20) + 1}) ==
        Status::invalid_argument);
}

}  // namespace
}  // namespace zest::acceptor
