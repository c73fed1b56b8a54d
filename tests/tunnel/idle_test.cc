// What a tunnel costs while nothing passes, and a peer that is no longer there.
#include <doctest/doctest.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstring>

#include "support/apart.h"
#include "support/torture.h"
#include "tunnel/joined.h"

namespace zest::tunnel {
namespace {

using namespace zest::test;

void take_link_down() {
  const Fd any = unconnected();
  ifreq request{};
  strncpy(request.ifr_name, "lo", sizeof request.ifr_name - 1);
  ::ioctl(any.get(), SIOCGIFFLAGS, &request);
  request.ifr_flags &= static_cast<short>(~IFF_UP);
  ::ioctl(any.get(), SIOCSIFFLAGS, &request);
}

}  // namespace

TEST_CASE("an idle tunnel is less than 420 bytes, its two streams included") {
  CHECK(sizeof(Tunnel) < 420);
}

TEST_CASE("an idle tunnel holds no buffer, sender or pipe") {
  on_each_engine([](io::BackendKind kind, const JoinedOptions& options) {
    Joined joined(kind, options);
    joined.start();
    for (int i = 0; i < 3; ++i) {
      write_all(joined.a, "question");
      CHECK(joined.until([&] { return joined.loop->buffers()->available() > 0; }));
      turn_briefly(*joined.loop);
    }
    for (int i = 0; i < 20; ++i) joined.loop->turn(system_clock().now_ns() + ns_per_ms);
    CHECK(joined.near_a().input().empty());
    CHECK(joined.engines->counters().senders <= 2);
  });
}

TEST_CASE("a peer that vanishes: the tunnel ends within its idle deadline" *
          doctest::test_suite("no-torture")) {
  on_each_engine([](io::BackendKind kind, const JoinedOptions& given) {
    apart_in_namespace([&](Verdict& verdict) {
      JoinedOptions options = given;
      options.limits.idle_timeout_ms = 300;
      Joined joined(kind, options);
      joined.start();
      for (int i = 0; i < 20; ++i) {
        write_all(joined.a, "hello");
        joined.loop->turn(system_clock().now_ns() + ns_per_ms);
      }
      take_link_down();
      // What is sent from now on arrives nowhere, and nobody says so.
      ::send(joined.a.get(), "anybody?", 8, MSG_NOSIGNAL | MSG_DONTWAIT);
      verdict.expect(joined.ends(), "it ends");
      verdict.expect(joined.ended().end == End::idle_timeout, "by its deadline",
                     static_cast<long long>(joined.ended().end));
      joined.end();
    });
  });
}

}  // namespace zest::tunnel
