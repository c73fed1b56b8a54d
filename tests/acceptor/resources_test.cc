// Out of fds: the listener pauses, says so, spends nothing, and serves all who waited once it can.
#include <doctest/doctest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "acceptor/clients.h"
#include "acceptor/host.h"
#include "support/apart.h"
#include "support/backends.h"
#include "support/sockets.h"
#include "support/torture.h"

namespace zest::acceptor {
namespace {

using namespace zest::test;

constexpr size_t left_free = 10;
size_t waiting() { return tortured() ? 20 : 50; }

// Few enough to be all taken. io_uring notes the limit when an accept is armed, so it comes first.
void limit_fds() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = 400;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// Takes every fd there is but so many.
class FdsShort {
 public:
  explicit FdsShort(size_t but) {
    for (int fd = ::dup(0); fd >= 0; fd = ::dup(0)) filling_.emplace_back(fd);
    filling_.resize(filling_.size() - but);
  }
  void relieve() { filling_.clear(); }

 private:
  std::vector<Fd> filling_;
};

std::vector<Fd> open_clients(const sys::Address& address) {
  std::vector<Fd> clients;
  for (size_t i = 0; i < waiting(); ++i)
    clients.emplace_back(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  return clients;
}

void connect_all(Verdict& verdict, const std::vector<Fd>& clients, const sys::Address& address) {
  for (const Fd& client : clients)
    verdict.expect(::connect(client.get(), address.get(), address.size()) == 0, "connect", errno);
}

// What can be accepted is; then accepting has paused. The fd of the spare serves one more.
std::vector<Taken> take_while_possible(Verdict& verdict, Host& host) {
  std::vector<Taken> taken;
  eventually([&] {
    host.take(taken, 0);
    return host.sum(&Counters::resource_pauses) > 0 &&
           taken.size() == host.sum(&Counters::accepted);
  });
  while (host.take(taken, static_cast<int64_t>(load(50))) == Status::ok) {
  }
  verdict.expect(taken.size() >= left_free, "taken before the pause",
                 static_cast<long long>(taken.size()));
  verdict.expect(taken.size() < waiting(), "taken before the pause",
                 static_cast<long long>(taken.size()));
  verdict.expect(host.sum(&Counters::resource_pauses) > 0, "no pause was counted");
  verdict.expect(host.stats().health == Health::degraded, "health is not degraded");
  return taken;
}

Settings alone(Settings settings) {
  settings.threads_per_address = 1;
  return settings;
}

void starve_and_relieve(Verdict& verdict, const Settings& settings, const std::string& where,
                        const std::function<void(Host&)>& meanwhile) {
  limit_fds();
  Host host(one(on(where)), alone(settings));
  const std::vector<Fd> clients = open_clients(host.address());
  FdsShort fds(left_free);
  connect_all(verdict, clients, host.address());
  std::vector<Taken> taken = take_while_possible(verdict, host);
  meanwhile(host);
  fds.relieve();
  for (Taken& each : host.take_all(waiting() - taken.size())) taken.push_back(std::move(each));
  verdict.expect(taken.size() == waiting(), "served after relief",
                 static_cast<long long>(taken.size()));
  verdict.expect(std::ranges::all_of(taken, [](const Taken& each) { return each.fd.valid(); }),
                 "news of a failed listener");
  const auto healthy = [&] {
    host.let_work();
    return host.stats().health == Health::ok;
  };
  verdict.expect(eventually(healthy), "health does not recover");
  verdict.expect(host.shut_down().complete, "shutdown is not complete");
}

TEST_CASE("out of fds accepting pauses, and goes on with all who waited") {
  on_each_mode([](const Settings& settings) {
    for (const std::string where : {"127.0.0.1:0", "unix:@zest-resources"}) {
      // Under torture half of them: each is a process, a hundred times.
      if (tortured() && settings.shards != where.starts_with("unix")) continue;
      CAPTURE(where);
      apart([&](Verdict& verdict) { starve_and_relieve(verdict, settings, where, [](Host&) {}); });
    }
  });
}

TEST_CASE("fds that come back one by one serve one connection each") {
  on_each_mode([](const Settings& settings) {
    apart([&](Verdict& verdict) {
      limit_fds();
      Host host(one(on("127.0.0.1:0")), alone(settings));
      const std::vector<Fd> clients = open_clients(host.address());
      const FdsShort fds(left_free);
      connect_all(verdict, clients, host.address());
      size_t served = 0;
      while (served < waiting()) {
        const std::vector<Taken> taken = host.take_all(1);  // closed at once
        if (taken.empty()) break;
        served += taken.size();
      }
      verdict.expect(served == waiting(), "served", static_cast<long long>(served));
    });
  });
}

TEST_CASE("a service can be shut down while it is out of fds") {
  on_each_mode([](const Settings& settings) {
    apart([&](Verdict& verdict) {
      limit_fds();
      Host host(one(on("127.0.0.1:0")), alone(settings));
      const std::vector<Fd> clients = open_clients(host.address());
      const FdsShort fds(left_free);
      connect_all(verdict, clients, host.address());
      const size_t taken = take_while_possible(verdict, host).size();
      const Receipt receipt = host.shut_down(static_cast<int64_t>(load(50)));
      verdict.expect(receipt.accepted + receipt.left_in_kernel >= taken, "the receipt");
      host.free();
    });
  });
}

TEST_SUITE_BEGIN("no-torture");

// The pause is long; what it costs is the point.
TEST_CASE("a pause for want of fds costs next to nothing") {
  const int64_t pause_ns = (long_form() ? 10 : 2) * ns_per_s;
  on_each_mode([&](const Settings& settings) {
    apart([&](Verdict& verdict) {
      starve_and_relieve(verdict, settings, "127.0.0.1:0", [&](Host& host) {
        const double before = cpu_seconds();
        const int64_t end_ns = system_clock().now_ns() + pause_ns;
        std::vector<Taken> none;
        while (system_clock().now_ns() < end_ns) host.take_from(0, none, 500);
        const double share = (cpu_seconds() - before) * 1e9 / static_cast<double>(pause_ns);
        verdict.expect(share < 0.05, "CPU used in the pause, per mille",
                       static_cast<long long>(share * 1000));
      });
    });
  });
}

TEST_CASE("after relief all who waited are served soon") {
  if (!long_form()) return;
  on_each_mode([&](const Settings& settings) {
    apart([&](Verdict& verdict) {
      limit_fds();
      Host host(one(on("127.0.0.1:0")), alone(settings));
      const std::vector<Fd> clients = open_clients(host.address());
      FdsShort fds(left_free);
      connect_all(verdict, clients, host.address());
      const std::vector<Taken> first = take_while_possible(verdict, host);
      ::usleep(10'000'000);
      fds.relieve();
      const int64_t relief_ns = system_clock().now_ns();
      const std::vector<Taken> rest = host.take_all(waiting() - first.size());
      const int64_t took_ms = (system_clock().now_ns() - relief_ns) / ns_per_ms;
      verdict.expect(first.size() + rest.size() == waiting(), "served");
      verdict.expect(took_ms < 500, "ms from relief to the last (goal: 100)", took_ms);
      fprintf(stderr, "relief to the last connection: %lld ms\n", static_cast<long long>(took_ms));
    });
  });
}

TEST_SUITE_END();

}  // namespace
}  // namespace zest::acceptor
