// Another configuration while connections are open: nothing is lost, and what is bad changes
// nothing.
#include <doctest/doctest.h>

#include <latch>

#include "proxy/stage.h"
#include "support/torture.h"

namespace zest::test {
namespace {

void slowly(Visit& visit) {
  while (visit.request().whole) {
    pause_ms(tortured() ? 10 : 100);
    visit.send(ok("slow"));
  }
}

struct Two {
  explicit Two(BackendKind kind)
      : stage(kind, answering(ok("old"))), config(config_for(kind, stage.origin.address())) {}

  Stage stage;
  Origin other{answering(ok("new"))};
  proxy::Config config;
};

bool refused(const sys::Address& address) {
  const Fd fd(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  return ::connect(fd.get(), address.get(), address.size()) < 0 && errno == ECONNREFUSED;
}

sys::Address free_address() {
  const Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int yes = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sys::Address address = *sys::Address::parse("127.0.0.1:0");
  REQUIRE(::bind(fd.get(), address.get(), address.size()) == 0);
  socklen_t size = sys::Address::capacity();
  REQUIRE(::getsockname(fd.get(), address.get(), &size) == 0);
  return address;
}

}  // namespace

TEST_CASE(
    "after a reload new connections are served anew, and open ones end with what they began") {
  on_each_backend([](BackendKind kind) {
    Two two(kind);
    Client open(two.stage);
    open.send(get());
    CHECK(open.answer().body == "old");
    two.config.upstreams[0].addrs = {two.other.address()};
    REQUIRE(two.stage.proxy->reload(two.config));
    CHECK(ask(two.stage, get()).body == "new");
    open.send(get());
    const Message last = open.answer();
    CHECK(last.body == "old");
    CHECK(last.field("connection") == "close");
    CHECK(open.ended());
    open.close();
    CHECK(eventually([&] { return two.stage.at_rest(); }));
  });
}

TEST_CASE("an exchange that is under way during a reload comes to its end") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, slowly, [](proxy::Config& config) { config.workers = 2; });
    Client busy(stage);
    busy.send(get());
    REQUIRE(eventually([&] { return stage.now().active == 1; }));
    proxy::Config without_route = config_for(kind, stage.origin.address());
    without_route.workers = 2;
    without_route.routes.clear();
    REQUIRE(stage.proxy->reload(without_route));
    CHECK(busy.answer().body == "slow");
    CHECK(ask(stage, get()).status() == 404);
    busy.close();
  });
}

TEST_CASE("an origin that both configurations have keeps its connections") {
  on_each_backend([](BackendKind kind) {
    Two two(kind);
    CHECK(ask(two.stage, get()).body == "old");
    REQUIRE(eventually([&] { return two.stage.now().idle_links == 1; }));
    two.config.listeners[0].limits.body_bytes = 3;
    REQUIRE(two.stage.proxy->reload(two.config));
    CHECK(two.stage.now().idle_links == 1);
    CHECK(ask(two.stage, get()).body == "old");
    CHECK(ask(two.stage, post("four")).status() == 413);
    CHECK(two.stage.now().totals.upstream_connects == 1);
  });
}

TEST_CASE("one that the new configuration does not have is let go of") {
  on_each_backend([](BackendKind kind) {
    Two two(kind);
    CHECK(ask(two.stage, get()).body == "old");
    REQUIRE(eventually([&] { return two.stage.now().idle_links == 1; }));
    two.config.upstreams[0].addrs = {two.other.address()};
    REQUIRE(two.stage.proxy->reload(two.config));
    CHECK(eventually([&] { return two.stage.now().idle_links == 0; }));
  });
}

TEST_CASE("addresses come and go") {
  on_each_backend([](BackendKind kind) {
    Two two(kind);
    const sys::Address first = two.stage.address();
    proxy::ListenerConfig second = two.config.listeners[0];
    second.bind = free_address();
    two.config.listeners.push_back(second);
    REQUIRE(two.stage.proxy->reload(two.config));
    CHECK(two.stage.proxy->report().listeners.size() == 2);
    Client there(second.bind);
    there.send(get());
    CHECK(there.answer().body == "old");
    two.config.listeners.erase(two.config.listeners.begin());
    REQUIRE(two.stage.proxy->reload(two.config));
    CHECK(eventually([&] { return refused(first); }));
    there.send(get());
    CHECK(there.answer().body == "old");
    there.close();
    CHECK(two.stage.proxy->report().listeners.size() == 1);
  });
}

TEST_CASE("a Unix socket goes when it is configured no more, and stays when it is") {
  on_each_backend([](BackendKind kind) {
    Two two(kind);
    const std::string path = "/tmp/zest-reload-" + std::to_string(::getpid()) + ".sock";
    proxy::ListenerConfig local = two.config.listeners[0];
    local.bind = *sys::Address::parse("unix:" + path);
    two.config.listeners.push_back(local);
    two.config.workers = 2;  // has no effect, but one on the warning
    const auto warnings = two.stage.proxy->reload(two.config);
    REQUIRE(warnings);
    CHECK(warnings->size() == 1);
    REQUIRE(two.stage.proxy->reload(two.config));
    CHECK(::access(path.c_str(), F_OK) == 0);
    Client client(local.bind);
    client.send(get());
    CHECK(client.answer().body == "old");
    client.close();
    two.config.listeners.pop_back();
    REQUIRE(two.stage.proxy->reload(two.config));
    CHECK(::access(path.c_str(), F_OK) < 0);
    two.config.listeners.push_back(local);
    two.config.listeners.emplace_back(local).bind = two.other.address();  // in use
    REQUIRE(!two.stage.proxy->reload(two.config));
    CHECK(::access(path.c_str(), F_OK) < 0);
  });
}

TEST_CASE("a configuration that can't be had changes nothing, and says why") {
  on_each_backend([](BackendKind kind) {
    Two two(kind);
    Client open(two.stage);
    open.send(get());
    CHECK(open.answer().body == "old");
    proxy::Config bad = two.config;
    bad.routes.clear();
    bad.listeners.push_back(bad.listeners[0]);
    bad.listeners[1].bind = two.other.address();  // in use
    const auto in_use = two.stage.proxy->reload(bad);
    REQUIRE(!in_use);
    CHECK(in_use.error().status == Status::address_in_use);
    bad.listeners.pop_back();
    bad.listeners[0].tls.emplace().certificates.push_back({"/nowhere.pem", "/nowhere.key", ""});
    const auto no_file = two.stage.proxy->reload(bad);
    REQUIRE(!no_file);
    CHECK(std::string(no_file.error().message.c_str()).contains("/nowhere.pem"));
    REQUIRE(!two.stage.proxy->reload({}));
    open.send(get());
    const Message still = open.answer();
    CHECK(still.body == "old");
    CHECK(still.field("connection") == "-");
    open.close();
    CHECK(ask(two.stage, get()).body == "old");
  });
}

TEST_CASE("where the port is held by what the reload would end, that is said") {
  on_each_backend([](BackendKind kind) {
    Two two(kind);
    proxy::Config one = two.config;
    one.listeners[0].bind = free_address();
    REQUIRE(two.stage.proxy->reload(one));
    proxy::Config wider = one;
    wider.listeners[0].bind = *sys::Address::parse("0.0.0.0:0");
    wider.listeners[0].bind.set_port(one.listeners[0].bind.port());
    const auto held = two.stage.proxy->reload(wider);
    REQUIRE(!held);
    const std::string said = held.error().message.c_str();
    CHECK_MESSAGE(said.contains(std::string(one.listeners[0].bind.format().c_str())), said);
    REQUIRE(two.stage.proxy->reload(two.config));
    CHECK(eventually([&] { return two.stage.proxy->reload(wider).has_value(); }));
  });
}

TEST_CASE("a draining proxy is not reloaded") {
  on_each_backend([](BackendKind kind) {
    Two two(kind);
    CHECK(two.stage.proxy->drain(1000).complete);
    const auto late = two.stage.proxy->reload(two.config);
    REQUIRE(!late);
    CHECK(late.error().status == Status::closed);
  });
}

TEST_CASE("reloads under traffic lose no request" * doctest::test_suite("no-torture")) {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, answering(ok("hello")), [](proxy::Config& config) { config.workers = 2; });
    proxy::Config config = config_for(kind, stage.origin.address());
    config.workers = 2;
    std::atomic<bool> stop{false};
    std::atomic<int> wrong{0};
    std::latch begun(3);
    std::vector<std::jthread> clients;
    for (int i = 0; i < 3; ++i)
      clients.emplace_back([&] {
        for (bool first = true; !stop.load(); first = false) {
          if (ask(stage, get()).body != "hello") ++wrong;
          if (first) begun.count_down();
        }
      });
    begun.wait();
    const uint32_t reloads = tortured() ? 3 : 50;
    for (uint32_t i = 0; i < reloads; ++i) {
      config.upstreams[0].pool_size = 1 + i % 3;
      CHECK(stage.proxy->reload(config));
    }
    stop.store(true);
    clients.clear();
    CHECK(wrong.load() == 0);
    CHECK(eventually([&] { return stage.at_rest(); }));
  });
}

}  // namespace zest::test
