#include "upstream/pool.h"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <array>

#include "support/scoped.h"
#include "support/sockets.h"

namespace zest::upstream {
namespace {

using test::on_each_backend;

struct Counted {
  Count connects, failures, reused, closed_idle;
  PoolCounters refer() {
    return {.connects = connects,
            .connect_failures = failures,
            .reused = reused,
            .closed_idle = closed_idle};
  }
};

io::Task<void> connect(Pool& pool, io::FrameStack& frames, Peer& peer, Pool::Connected& connected) {
  connected = co_await pool.connect(frames, peer, {});
}

// One worker's pool, and the origin that its connections lead to.
struct Bench {
  explicit Bench(io::BackendKind kind, GroupConfig config = {})
      : origin(test::listening()),
        group([&] {
          config.addrs = {origin.address};
          return config;
        }()),
        loop(test::make_loop(kind, {.count = 16, .size = 1024})),
        scoped(*loop) {
    pool.emplace(group, scoped.scope, counted.refer(), 0);
  }
  // Also of a test that a requirement has ended early.
  ~Bench() {
    scoped.scope.cancel();
    test::turn_to_end(*loop, [&] { return scoped.scope.running() == 0; });
    (void)used(connected.link);
    while (!in_use.empty()) discard(*in_use.back());
    pool->close();
    test::turn_to_end(*loop, [&] { return pool->empty(); });
  }

  Peer& peer() { return group.peers()[0]; }
  // A new connection, in use.
  Link* link() {
    connected = {};
    scoped.scope.spawn(connect(*pool, frames, peer(), connected));
    scoped.finishes();
    return used(std::exchange(connected.link, nullptr));
  }
  Link* take() { return used(pool->take(peer())); }
  void give_back(Link& link) {
    std::erase(in_use, &link);
    pool->give_back(link);
  }
  void discard(Link& link) {
    std::erase(in_use, &link);
    pool->discard(link);
  }
  Fd far_end() const { return Fd(::accept4(origin.fd.get(), nullptr, nullptr, SOCK_CLOEXEC)); }
  bool settles(const std::function<bool()>& condition) {
    return test::turn_until(*loop, condition);
  }

  test::Listening origin;
  Group group;
  Counted counted;
  std::unique_ptr<io::Loop> loop;
  test::Scoped scoped;
  io::FrameStack frames{scoped.scope.frames(), {}};
  std::optional<Pool> pool;
  Pool::Connected connected;  // what link() came to
  std::vector<Link*> in_use;

 private:
  Link* used(Link* link) {
    if (!link) return nullptr;
    link->in().on_event(nullptr, nullptr);
    in_use.push_back(link);
    return link;
  }
};

}  // namespace

TEST_CASE("the newest idle connection is taken first") {
  on_each_backend([](io::BackendKind kind) {
    Bench bench(kind);
    Link* one = bench.link();
    Link* two = bench.link();
    REQUIRE((one && two));
    CHECK(bench.peer().active == 2);
    bench.give_back(*one);
    bench.give_back(*two);
    CHECK(bench.pool->idle() == 2);
    CHECK(bench.peer().active == 0);
    REQUIRE(bench.take() == two);
    CHECK(two->reused());
    REQUIRE(bench.take() == one);
    CHECK(bench.take() == nullptr);
    CHECK(bench.peer().active == 2);
    CHECK(bench.counted.reused.get() == 2);
    CHECK(bench.counted.connects.get() == 2);
    bench.discard(*one);
    bench.discard(*two);
    CHECK(bench.peer().active == 0);
  });
}

TEST_CASE("what its origin closes, resets or talks on while idle is dropped at once") {
  on_each_backend([](io::BackendKind kind) {
    for (int how = 0; how < 3; ++how) {
      CAPTURE(how);
      Bench bench(kind);
      Link* link = bench.link();
      REQUIRE(link);
      Fd far = bench.far_end();
      bench.give_back(*link);
      if (how == 1) test::reset_on_close(far);
      if (how == 2) {
        test::write_all(far, "x");
      } else {
        far = Fd();
      }
      CHECK(bench.settles([&] { return bench.pool->idle() == 0; }));
      CHECK(bench.take() == nullptr);
      CHECK(bench.counted.closed_idle.get() == (how == 2 ? 0 : 1));
      CHECK(bench.settles([&] { return bench.pool->empty(); }));
    }
  });
}

TEST_CASE("what has unread bytes, or an end, is not kept") {
  on_each_backend([](io::BackendKind kind) {
    for (const bool ends : {false, true}) {
      CAPTURE(ends);
      Bench bench(kind);
      Link* link = bench.link();
      REQUIRE(link);
      Fd far = bench.far_end();
      if (!ends) test::write_all(far, "x");
      if (ends) far = Fd();
      CHECK(bench.settles([&] { return link->in().finished() || !link->in().input().empty(); }));
      bench.give_back(*link);
      CHECK(bench.pool->idle() == 0);
      CHECK(bench.settles([&] { return bench.pool->empty(); }));
    }
  });
}

TEST_CASE("a pool keeps so many, so long, for so many requests") {
  on_each_backend([](io::BackendKind kind) {
    Bench bench(kind, {.pool_size = 2, .idle_timeout_ms = 60, .requests_per_connection = 2});
    std::array<Link*, 3> links = {bench.link(), bench.link(), bench.link()};
    for (Link* link : links) {
      REQUIRE(link);
      bench.give_back(*link);
    }
    CHECK(bench.pool->idle() == 2);
    Link* again = bench.take();
    REQUIRE(again);
    bench.give_back(*again);
    CHECK(bench.pool->idle() == 1);
    CHECK(bench.settles([&] { return bench.pool->idle() == 0; }));
    CHECK(bench.settles([&] { return bench.pool->empty(); }));
  });
}

TEST_CASE("without keep-alive, and once it is closed, a pool keeps nothing") {
  on_each_backend([](io::BackendKind kind) {
    Bench plain(kind, {.keepalive = false});
    Link* link = plain.link();
    REQUIRE(link);
    plain.give_back(*link);
    CHECK(plain.pool->idle() == 0);

    Bench closing(kind);
    Link* kept = closing.link();
    Link* late = closing.link();
    REQUIRE((kept && late));
    closing.give_back(*kept);
    closing.pool->close();
    CHECK(closing.pool->idle() == 0);
    closing.give_back(*late);
    CHECK(closing.pool->idle() == 0);
    CHECK(closing.settles([&] { return closing.pool->empty(); }));
  });
}

TEST_CASE("a connection that is refused or late says so, and leaves nothing") {
  on_each_backend([](io::BackendKind kind) {
    Bench refused(kind);
    refused.origin.fd = Fd();
    CHECK(refused.link() == nullptr);
    CHECK(refused.connected.error == ECONNREFUSED);
    CHECK(refused.counted.failures.get() == 1);
    CHECK(refused.pool->empty());

    Bench late(kind, {.connect_timeout_ms = 50});
    CHECK(::listen(late.origin.fd.get(), 0) == 0);  // room for one
    const Fd first = test::connected_to(late.origin.address);
    CHECK(late.link() == nullptr);
    CHECK(late.connected.error == ETIMEDOUT);
    CHECK(late.peer().active == 0);
  });
}

}  // namespace zest::upstream
