// How an acceptor thread's pace follows the rate of connections.
#include "acceptor/moderation.h"

#include <doctest/doctest.h>

namespace zest::acceptor {
namespace {

// Connections come at this rate for a while, one in a turn; the pace after it.
class Traffic {
 public:
  Pace at_gap(int64_t gap_ns, int64_t for_ns = 50 * ns_per_ms) {
    Pace pace;
    for (const int64_t end_ns = now_ns_ + for_ns; now_ns_ < end_ns;)
      pace = moderation_.after_turn(now_ns_ += gap_ns, ++accepted_);
    return pace;
  }

 private:
  Moderation moderation_;
  int64_t now_ns_ = ns_per_s;
  uint64_t accepted_ = 0;
};

TEST_CASE("slow connections are handed over at once, and interrupt whom they like") {
  CHECK(Traffic().at_gap(ns_per_ms) == Pace{});
  CHECK(Traffic().at_gap(30 * ns_per_us) == Pace{});
}

TEST_CASE("from 40,000 a second on, eight are gathered in at most 100 us, and nobody interrupted") {
  CHECK(Traffic().at_gap(20 * ns_per_us) == Pace{.gather_ns = 100 * ns_per_us, .gives_way = true});
  CHECK(Traffic().at_gap(5 * ns_per_us) == Pace{.gather_ns = 40 * ns_per_us, .gives_way = true});
}

TEST_CASE("the first connection after a pause finds the usual pace again") {
  Traffic traffic;
  CHECK(traffic.at_gap(5 * ns_per_us).gives_way);
  CHECK(traffic.at_gap(ns_per_s, ns_per_s) == Pace{});
}

}  // namespace
}  // namespace zest::acceptor
