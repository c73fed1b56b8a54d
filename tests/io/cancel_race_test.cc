// Operations cancelled at random moments while fd numbers are recycled: no byte may reach another
// connection, none may be lost or doubled, and nothing may be left.
//
//   ZEST_RACE_OPS   how many operations to cancel, on each backend
//   ZEST_RACE_SEED  to run it again as it was
#include <doctest/doctest.h>

#include <cinttypes>
#include <cstdio>
#include <cstdlib>

#include "io/race/race.h"
#include "support/leftovers.h"

namespace zest::race {
namespace {

using namespace zest::test;

uint64_t from_environment(const char* name, uint64_t otherwise) {
  const char* text = getenv(name);
  return text ? strtoull(text, nullptr, 0) : otherwise;
}

// It goes on for long, and a fault is just one more cancel to it.
TEST_CASE("no byte goes astray when operations are cancelled at random moments" *
          doctest::test_suite("no-torture")) {
  const uint64_t cancels = from_environment("ZEST_RACE_OPS", 20'000);
  const uint64_t seed = from_environment("ZEST_RACE_SEED", std::random_device{}());
  on_each_backend([&](io::BackendKind kind) {
    CAPTURE(seed);
    const size_t fds = open_fds();
    {
      Race race(kind, seed);
      CHECK(race.run(cancels));
      CHECK(race.end());
      const Totals& totals = race.totals();
      printf("race: %s, ZEST_RACE_SEED=%" PRIu64 ": %" PRIu64 " operations, %" PRIu64
             " cancelled, %" PRIu64 " of them late; %" PRIu64 " connections, %" PRIu64
             " bytes, %" PRIu64 " wrong\n",
             kind == io::BackendKind::uring ? "io_uring" : "epoll", seed, totals.started,
             totals.cancelled, totals.late, totals.connections, totals.bytes, totals.wrong);
      CHECK(totals.wrong == 0);
      CHECK(totals.bytes > cancels);
      CHECK(race.loop().in_flight() == 1);
      CHECK(race.loop().buffers()->available() == race.loop().buffers()->count());
    }
    CHECK(settles(open_fds, fds));
  });
}

}  // namespace
}  // namespace zest::race
