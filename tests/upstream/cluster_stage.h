// A cluster with origins that only listen, and a clock to put forward.
#pragma once

#include <doctest/doctest.h>
#include <poll.h>

#include <string>
#include <vector>

#include "support/shifted_clock.h"
#include "support/sockets.h"
#include "support/torture.h"
#include "upstream/lease.h"

namespace zest::upstream {

constexpr int patience_ms = 10'000;

struct Stage {
  explicit Stage(size_t origins = 1, void (*change)(GroupConfig&) = [](GroupConfig&) {}) {
    GroupConfig config;
    for (size_t i = 0; i < origins; ++i) {
      listening.push_back(test::listening(128, false));
      config.addrs.push_back(listening.back().address);
    }
    change(config);
    auto created = Cluster::create(std::move(config), clock);
    if (created) cluster = std::move(*created);
  }

  // Until it is connected, or has failed.
  static Result<Progress> settle(Lease& lease, Result<Progress> progress) {
    while (progress && *progress == Progress::connecting) {
      pollfd polled{.fd = lease.fd(), .events = POLLOUT, .revents = 0};
      CHECK(::poll(&polled, 1, patience_ms) >= 0);
      progress = lease.go_on();
    }
    return progress;
  }

  // nullptr: there was none.
  Lease* take(bool fresh = false) {
    Lease* lease = nullptr;
    const auto begun = Lease::take(cluster, fresh, lease);
    if (!begun) return nullptr;
    if (settle(*lease, begun)) return lease;
    Lease::give_back(lease, false, nullptr);
    return nullptr;
  }

  Fd accept(size_t origin = 0) {
    Fd accepted(::accept(listening[origin].fd.get(), nullptr, nullptr));
    CHECK(accepted.valid());
    return accepted;
  }

  PeerFigures figures(size_t index = 0) const { return cluster->see(index).figures; }

  test::ShiftedClock clock;
  std::vector<test::Listening> listening;
  std::shared_ptr<Cluster> cluster;
};

}  // namespace zest::upstream
