// Several services on one port: one after the other comes and goes, and clients do not notice.
#include <doctest/doctest.h>
#include <unistd.h>

#include <memory>

#include "acceptor/clients.h"
#include "acceptor/host.h"
#include "support/apart.h"
#include "sys/system.h"

namespace zest::acceptor {
namespace {

using namespace zest::test;

// A service that answers until it is closed.
struct Served {
  Served(const std::string& where, const Settings& settings)
      : host(one(joining(where)), settings), answerers(host) {}

  static ListenerConfig joining(const std::string& where) {
    ListenerConfig config = on(where);
    config.join = true;
    return config;
  }
  Receipt end() {
    const Receipt receipt = host.shut_down();
    answerers.join();
    return receipt;
  }

  Host host;
  Answerers answerers;
};

void check_clients(Verdict& verdict, const Churn& churn) {
  verdict.expect(churn.served() > 0, "nobody was served");
  verdict.expect(churn.lost() == 0, "clients lost", static_cast<long long>(churn.lost()));
  verdict.expect(churn.refused() == 0, "clients refused", static_cast<long long>(churn.refused()));
}

// ListenOverflows and ListenDrops of the namespace: nothing fell off a queue.
void check_kernel(Verdict& verdict, const sys::ListenCounters& before) {
  const auto after = sys::listen_counters();
  verdict.expect(after.has_value(), "the kernel's counters cannot be read");
  const uint64_t overflows = after->overflows - before.overflows;
  const uint64_t drops = after->drops - before.drops;
  verdict.expect(overflows == 0, "ListenOverflows", static_cast<long long>(overflows));
  verdict.expect(drops == 0, "ListenDrops", static_cast<long long>(drops));
}

TEST_SUITE_BEGIN("no-torture");

TEST_CASE("one of two services on a port closes under churn, and nobody is lost") {
  on_each_mode([](const Settings& settings) {
    apart_in_namespace([&](Verdict& verdict) {
      const auto before = *sys::listen_counters();
      Served stays("127.0.0.1:0", settings);
      const std::string where = stays.host.address().format().c_str();
      auto goes = std::make_unique<Served>(where, settings);
      Churn churn(stays.host.address(), 4);
      verdict.expect(eventually([&] { return churn.served() >= 300; }), "no load");
      const Receipt receipt = goes->end();
      verdict.expect(receipt.complete, "the shutdown is not complete");
      verdict.expect(receipt.accepted > 0, "it had no part in it");
      verdict.expect(receipt.left_in_kernel == 0, "left in the kernel",
                     static_cast<long long>(receipt.left_in_kernel));
      goes.reset();
      const uint64_t served = churn.served();
      verdict.expect(eventually([&] { return churn.served() >= served + 300; }), "no load after");
      churn.stop();
      check_clients(verdict, churn);
      check_kernel(verdict, before);
      stays.end();
    });
  });
}

TEST_CASE("services that open and close on a port under churn lose nobody") {
  const int generations = long_form() ? 250 : short_form() ? 2 : 5;
  on_each_mode([&](const Settings& settings) {
    apart_in_namespace([&](Verdict& verdict) {
      const auto before = *sys::listen_counters();
      auto current = std::make_unique<Served>("127.0.0.1:0", settings);
      const sys::Address address = current->host.address();
      Churn churn(address, 4);
      for (int i = 0; i < generations && verdict.good(); ++i) {
        auto next = std::make_unique<Served>(address.format().c_str(), settings);
        const uint64_t served = churn.served();
        eventually([&] { return churn.served() >= served + 20; });
        verdict.expect(current->end().complete, "a shutdown is not complete", i);
        current = std::move(next);
      }
      churn.stop();
      check_clients(verdict, churn);
      check_kernel(verdict, before);
      current->end();
    });
  });
}

TEST_SUITE_END();

TEST_CASE("who joins a port keeps to the kernel's hash, and says why") {
  on_each_mode([](Settings settings) {
    for (const Steering steering : {Steering::cpu, Steering::less_loaded}) {
      settings.steering = steering;
      const Host host(one(Served::joining("127.0.0.1:0")), settings);
      for (size_t row = 0; row < 2; ++row) {
        CHECK(host.row(row).steering == Steering::hash);
        CHECK(host.row(row).note.view().find("shared with sockets of others") !=
              std::string_view::npos);
      }
    }
  });
}

}  // namespace
}  // namespace zest::acceptor
