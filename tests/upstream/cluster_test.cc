#include "upstream/cluster.h"

#include <doctest/doctest.h>

#include "upstream/cluster_stage.h"

namespace zest::upstream {
namespace {

void pass_end_of(const Fd& fd) {
  pollfd polled{.fd = fd.get(), .events = POLLIN, .revents = 0};
  CHECK(::poll(&polled, 1, patience_ms) == 1);
}

}  // namespace

TEST_CASE("a connection that was given back is handed out again") {
  Stage stage;
  if (!stage.cluster) return;
  Lease* lease = stage.take();
  if (!lease) return;
  const int fd = lease->fd();
  CHECK(lease->requests() == 1);
  CHECK(stage.cluster->see(0).active == 1);
  Lease::give_back(lease, true, nullptr);
  CHECK(stage.cluster->see(0).active == 0);
  CHECK(stage.figures().idle == 1);
  lease = stage.take();
  if (!lease) return;
  if (!test::fault_fired()) {
    CHECK(lease->fd() == fd);
    CHECK(lease->requests() == 2);
    CHECK(stage.figures().reused == 1);
  }
  Lease::give_back(lease, false, nullptr);
  CHECK(stage.figures().idle == 0);
  CHECK(stage.cluster->see(0).active == 0);
}

TEST_CASE("a request that must be alone gets a connection of its own") {
  Stage stage;
  if (!stage.cluster) return;
  Lease* lease = stage.take();
  if (!lease) return;
  Lease::give_back(lease, true, nullptr);
  lease = stage.take(true);
  if (!lease) return;
  CHECK(lease->requests() == 1);
  CHECK(stage.figures().idle == 1);
  Lease::give_back(lease, true, nullptr);
  CHECK(stage.figures().idle == 2);
}

TEST_CASE("a pooled connection that its origin ended, or spoke on, is not handed out") {
  for (const bool ends : {true, false}) {
    Stage stage;
    if (!stage.cluster) return;
    Lease* lease = stage.take();
    if (!lease) return;
    const Fd copy(::dup(lease->fd()));
    Fd origin = stage.accept();
    Lease::give_back(lease, true, nullptr);
    if (ends) {
      origin.reset();
    } else {
      test::write_all(origin, "HTTP/1.1 408 Request Timeout\r\n\r\n");
    }
    pass_end_of(copy);
    lease = stage.take();
    CHECK(stage.figures().dropped_idle == 1);
    if (!lease) return;
    CHECK(lease->requests() == 1);
    Lease::give_back(lease, false, nullptr);
  }
}

TEST_CASE("tending closes what has ended and what is over its time, and says when to come again") {
  Stage stage;
  if (!stage.cluster) return;
  CHECK(stage.cluster->tend() == never_ns);
  Lease* one = stage.take();
  Lease* two = stage.take();
  if (one && two && !test::fault_fired()) {
    Fd first = stage.accept();
    const Fd copy(::dup(one->fd()));
    Lease::give_back(one, true, nullptr);
    stage.clock.pass(30 * ns_per_s);
    Lease::give_back(two, true, nullptr);
    const int64_t next_ns = stage.cluster->tend();
    CHECK(next_ns > stage.clock.now_ns());
    CHECK(next_ns <= stage.clock.now_ns() + ns_per_s);
    CHECK(stage.figures().idle == 2);
    stage.clock.pass(31 * ns_per_s);
    stage.cluster->tend();
    CHECK(stage.figures().expired == 1);
    CHECK(stage.figures().idle == 1);
    stage.accept().reset();
    while (stage.figures().idle > 0) stage.cluster->tend();
    CHECK(stage.figures().dropped_idle == 1);
    CHECK(stage.cluster->tend() == never_ns);
    return;
  }
  for (Lease* lease : {one, two})
    if (lease) Lease::give_back(lease, false, nullptr);
}

TEST_CASE("what is over its time is not handed out, and makes room, also where nobody tends") {
  Stage stage(1, [](GroupConfig& config) { config.pool_size = 1; });
  if (!stage.cluster) return;
  Lease* one = stage.take();
  Lease* two = stage.take();
  if (one) Lease::give_back(one, true, nullptr);
  stage.clock.pass(61 * ns_per_s);
  Lease* three = stage.take();
  if (three) CHECK(three->requests() == 1);
  if (two) Lease::give_back(two, true, nullptr);
  if (!test::fault_fired()) {
    CHECK(stage.figures().expired == 1);
    CHECK(stage.figures().idle == 1);
  }
  if (three) Lease::give_back(three, true, nullptr);
  if (!test::fault_fired()) CHECK(stage.figures().crowded_out == 1);
}

TEST_CASE("a connection serves as many requests as it may, and none after a close") {
  Stage stage(1, [](GroupConfig& config) { config.requests_per_connection = 2; });
  if (!stage.cluster) return;
  for (const uint32_t expected : {1U, 0U}) {
    Lease* lease = stage.take();
    if (!lease) return;
    Lease::give_back(lease, true, nullptr);
    if (!test::fault_fired()) CHECK(stage.figures().idle == expected);
  }
  Lease* lease = stage.take();
  if (!lease) return;
  stage.cluster->close();
  Lease::give_back(lease, true, nullptr);
  CHECK(stage.figures().idle == 0);
}

TEST_CASE("outcomes are counted, and the time to the first byte is smoothed") {
  Stage stage;
  if (!stage.cluster) return;
  const Outcome outcomes[] = {{.status = 200, .first_byte_ns = 8'000},
                              {.status = 503, .failed = true},
                              {},
                              {.status = 299, .first_byte_ns = 16'000},
                              {.status = 999}};
  for (const Outcome& outcome : outcomes) {
    Lease* lease = stage.take();
    if (!lease) return;
    Lease::give_back(lease, true, &outcome);
  }
  const PeerFigures figures = stage.figures();
  CHECK(figures.requests == 5);
  CHECK(figures.failures == 1);
  CHECK(figures.answers == std::array<uint64_t, 6>{2, 0, 2, 0, 0, 1});
  CHECK(figures.first_byte_ns == 9'000);
}

TEST_CASE("a lease outlives its cluster's owner") {
  Stage stage;
  if (!stage.cluster) return;
  Lease* lease = stage.take();
  stage.cluster.reset();
  if (lease) Lease::give_back(lease, true, nullptr);
}

}  // namespace zest::upstream
