#include "upstream/lease.h"

#include <doctest/doctest.h>

#include <thread>

#include "upstream/cluster_stage.h"

namespace zest::upstream {

TEST_CASE("an origin that refuses is passed over, and marked") {
  Stage stage(3);
  if (!stage.cluster) return;
  stage.listening[0].fd.reset();
  stage.listening[1].fd.reset();
  for (int i = 0; i < 6; ++i) {
    Lease* lease = stage.take(true);
    if (!lease) return;
    CHECK(lease->peer_index() == 2);
    Lease::give_back(lease, true, nullptr);
  }
  CHECK(stage.figures(0).state == PeerState::down);
  CHECK(stage.figures(2).state == PeerState::up);
  CHECK(stage.figures(0).connect_failures >= 1);
  CHECK(stage.cluster->see(0).active == 0);
}

// Connecting says nothing then: the kernel may not have asked the origin yet.
TEST_CASE("with fast open an origin is judged by what came of its request") {
  const auto fast = [](GroupConfig& config) { config.tcp_fast_open = true; };
  for (const bool failed : {false, true}) {
    for (const bool retried : {false, true}) {
      Stage stage(1, fast);
      if (!stage.cluster) return;
      Lease* lease = stage.take();
      if (!lease) return;
      CHECK(stage.figures().state == PeerState::unknown);
      const Outcome outcome{.failed = failed};
      if (retried) {
        CHECK(!lease->retry(true));
        Lease::give_back(lease, false, nullptr);
      } else {
        Lease::give_back(lease, false, &outcome);
      }
      const bool down = failed || retried;
      CHECK(stage.figures().state == (down ? PeerState::down : PeerState::up));
      CHECK(stage.figures().connect_failures == (down ? 1 : 0));
    }
  }
}

TEST_CASE("where nobody listens the last failure is told, and stays") {
  Stage stage(2);
  if (!stage.cluster) return;
  for (test::Listening& one : stage.listening) one.fd.reset();
  Lease* lease = nullptr;
  const auto begun = Lease::take(stage.cluster, false, lease);
  if (!begun) return;
  const auto failed = Stage::settle(*lease, begun);
  REQUIRE(!failed);
  if (!test::fault_fired()) {
    CHECK(failed.error().status == Status::system);
    CHECK(failed.error().os_errno == ECONNREFUSED);
    CHECK(std::string(failed.error().message.view()).contains("the last of 2 origins tried"));
  }
  CHECK(!lease->go_on());
  CHECK(!lease->retry(false));
  Lease::give_back(lease, true, nullptr);
  CHECK(stage.figures(0).requests == 0);
}

TEST_CASE("a retry goes to another origin, and ends when all were tried") {
  Stage stage(2);
  if (!stage.cluster) return;
  Lease* lease = stage.take();
  if (!lease) return;
  const size_t first = lease->peer_index();
  auto again = Stage::settle(*lease, lease->retry(false));
  if (again) {
    CHECK(lease->peer_index() != first);
    again = lease->retry(false);
    CHECK(!again);
    if (!test::fault_fired())
      CHECK(std::string(again.error().message.view()) == "no origin but the 2 tried");
  }
  Lease::give_back(lease, false, nullptr);
  CHECK(stage.cluster->see(0).active + stage.cluster->see(1).active == 0);
}

TEST_CASE("an origin that does not answer in time is given up at the deadline, not before") {
  Stage stage;
  if (!stage.cluster) return;
  // Two connections fill a queue of one; the kernel then answers nobody.
  auto full = test::listening(0, false);
  GroupConfig config;
  config.addrs = {full.address};
  auto cluster = Cluster::create(std::move(config), stage.clock);
  if (!cluster) return;
  const Fd filling = test::connected_to(full.address);
  Lease* lease = nullptr;
  const auto begun = Lease::take(*cluster, false, lease);
  if (!begun) return;
  CHECK(lease->go_on() == Progress::connecting);
  stage.clock.pass(3 * ns_per_s);
  const auto failed = lease->go_on();
  if (!test::fault_fired()) {
    REQUIRE(!failed);
    CHECK(failed.error().os_errno == ETIMEDOUT);
    CHECK(failed.error().status == Status::system);
  }
  Lease::give_back(lease, false, nullptr);
}

TEST_CASE("threads take and give back at once, and nothing is lost") {
  Stage stage(2, [](GroupConfig& config) { config.pool_size = 4; });
  if (!stage.cluster || test::fault_fired()) return;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&stage] {
      for (int turn = 0; turn < 50; ++turn) {
        Lease* lease = nullptr;
        auto progress = Lease::take(stage.cluster, turn % 8 == 0, lease);
        if (!progress) continue;
        while (progress && *progress == Progress::connecting) {
          pollfd polled{.fd = lease->fd(), .events = POLLOUT, .revents = 0};
          ::poll(&polled, 1, patience_ms);
          progress = lease->go_on();
        }
        if (turn % 16 == 5) stage.cluster->tend();
        Lease::give_back(lease, true, nullptr);
      }
    });
  threads.clear();
  const PeerFigures sum[] = {stage.figures(0), stage.figures(1)};
  CHECK(stage.cluster->see(0).active + stage.cluster->see(1).active == 0);
  CHECK(sum[0].idle <= 4);
  CHECK(sum[0].connects + sum[0].reused + sum[1].connects + sum[1].reused >= 190);
}

}  // namespace zest::upstream
