// A long run: clients that come, get a byte and go, and everything adds up at its end. ZEST_LONG=1
// makes it ten million connections over the four modes.
#include <doctest/doctest.h>

#include <memory>

#include "acceptor/clients.h"
#include "acceptor/host.h"
#include "support/apart.h"
#include "support/leftovers.h"

namespace zest::acceptor {
namespace {

using namespace zest::test;

TEST_CASE("in a long run nobody is lost and nothing grows" * doctest::test_suite("no-torture")) {
  const uint64_t connections = long_form() ? 2'500'000 : short_form() ? 500 : 2'500;
  on_each_mode([&](const Settings& settings) {
    const size_t fds = open_fds();
    auto host = std::make_unique<Host>(one(on("127.0.0.1:0")), settings);
    auto answerers = std::make_unique<Answerers>(*host);
    Churn churn(host->address(), 4);
    while (churn.served() < connections && churn.lost() == 0 && churn.refused() == 0) {
      const uint64_t before = churn.served();
      REQUIRE(eventually([&] { return churn.served() >= before + 500; }));
      CHECK(open_fds() < fds + 100);
    }
    churn.stop();
    const Receipt receipt = host->shut_down();
    answerers->join();
    CHECK(churn.lost() == 0);
    CHECK(churn.refused() == 0);
    CHECK(receipt.complete);
    CHECK(receipt.accepted == churn.served());
    CHECK(receipt.handed_over == receipt.accepted);
    CHECK(answerers->answered() == churn.served());
    answerers.reset();
    host.reset();
    CHECK(settles(open_fds, fds));
  });
}

}  // namespace
}  // namespace zest::acceptor
