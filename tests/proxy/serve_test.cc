// Connections that somebody else has accepted.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>

#include "proxy/stage.h"

namespace zest::test {
namespace {

constexpr uint64_t given_id = 7;

// One listener with a socket, one without.
struct Host {
  explicit Host(BackendKind kind) : stage(kind, answering(ok("hello")), add_given) {}

  static void add_given(proxy::Config& config) {
    config.workers = 2;
    proxy::ListenerConfig& given = config.listeners.emplace_back(config.listeners[0]);
    given.bind = {};
    given.id = given_id;
    given.limits.body_bytes = 3;
  }

  Stage stage;
};

std::pair<Fd, Fd> pair(int type = SOCK_STREAM) {
  int fds[2];
  REQUIRE(::socketpair(AF_UNIX, type, 0, fds) == 0);
  return {Fd(fds[0]), Fd(fds[1])};
}

}  // namespace

TEST_CASE("a connection that was handed over is served by the listener with its id") {
  on_each_backend([](BackendKind kind) {
    Host host(kind);
    for (int i = 0; i < 20; ++i) {
      auto [near, far] = pair();
      REQUIRE(host.stage.proxy->serve(std::move(far), given_id));
      Client client(std::move(near));
      client.send(get());
      CHECK(client.answer().body == "hello");
      client.send(post("four"));
      CHECK(client.answer().status() == 413);
      client.close();
    }
    CHECK(host.stage.proxy->report().listeners.at(1).sockets == 0);
    CHECK(eventually([&] { return host.stage.at_rest(); }));
  });
}

TEST_CASE("what can't be served is refused, and closed") {
  on_each_backend([](BackendKind kind) {
    Host host(kind);
    auto [near, far] = pair();
    const auto unknown = host.stage.proxy->serve(std::move(far), 8);
    REQUIRE(!unknown);
    CHECK(unknown.error().status == Status::invalid_argument);
    CHECK(Client(std::move(near)).ended());
    auto [one, other] = pair(SOCK_DGRAM);
    CHECK(!host.stage.proxy->serve(std::move(other), given_id));
    CHECK(!host.stage.proxy->serve(Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC)), given_id));
    CHECK(!host.stage.proxy->serve(Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), given_id));
    CHECK(host.stage.proxy->drain(1000).complete);
    auto [late, too_late] = pair();
    const auto closed = host.stage.proxy->serve(std::move(too_late), given_id);
    REQUIRE(!closed);
    CHECK(closed.error().status == Status::closed);
  });
}

TEST_CASE("a listener that a reload takes away serves no more of those handed over") {
  on_each_backend([](BackendKind kind) {
    Host host(kind);
    auto [near, far] = pair();
    REQUIRE(host.stage.proxy->serve(std::move(far), given_id));
    Client open(std::move(near));
    open.send(get());
    CHECK(open.answer().body == "hello");
    proxy::Config without = config_for(kind, host.stage.origin.address());
    without.workers = 2;
    REQUIRE(host.stage.proxy->reload(without));
    open.send(get());
    CHECK(open.answer().body == "hello");
    CHECK(open.ended());
    open.close();
    auto [late, too_late] = pair();
    CHECK(!host.stage.proxy->serve(std::move(too_late), given_id));
  });
}

}  // namespace zest::test
