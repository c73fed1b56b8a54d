// Steering in a whole service: who gets a connection, and what happens where it is refused.
#include <doctest/doctest.h>
#include <linux/bpf.h>
#include <sys/syscall.h>

#include <algorithm>
#include <map>

#include "acceptor/clients.h"
#include "acceptor/host.h"
#include "support/apart.h"
#include "support/deny.h"
#include "support/sockets.h"
#include "support/torture.h"

namespace zest::acceptor {
namespace {

using namespace zest::test;

Settings less_loaded(Settings settings, uint32_t threads = 4) {
  settings.threads_per_address = threads;
  settings.steering = Steering::less_loaded;
  return settings;
}

bool steers(const Host& host) {
  if (host.row().steering == Steering::less_loaded) return true;
  if (!fault_fired()) MESSAGE("skipped: " << std::string(host.row().note.c_str()));
  return false;
}

TEST_CASE("long connections spread evenly where the host tells what it has") {
  on_each_mode([](const Settings& settings) {
    Host host(one(on("127.0.0.1:0")), less_loaded(settings));
    if (!steers(host)) return;
    std::vector<Fd> clients;
    std::vector<Taken> kept;
    std::map<uint32_t, uint32_t> open;
    for (int i = 0; i < 64; ++i) {
      clients.push_back(connected_to(host.address()));
      for (Taken& each : host.take_all(1)) {
        CHECK(host.service().set_load(each.shard, ++open[each.shard]) == Status::ok);
        kept.push_back(std::move(each));
      }
    }
    CHECK(kept.size() == 64);
    for (const auto& [shard, count] : open) CHECK(count <= 20);
    CHECK(open.size() == 4);
    CHECK(host.service().set_load(4, 1) == Status::invalid_argument);
  });
}

TEST_CASE("until then what waits in a queue is its load") {
  on_each_mode([](const Settings& settings) {
    Host host(one(on("127.0.0.1:0")), less_loaded(settings));
    if (!steers(host)) return;
    std::vector<Fd> clients;
    for (int i = 0; i < 64; ++i) {
      clients.push_back(connected_to(host.address()));
      host.let_work();
    }
    std::map<uint32_t, uint32_t> by_shard;
    for (const Taken& each : host.take_all(64)) ++by_shard[each.shard];
    uint32_t sum = 0;
    for (const auto& [shard, count] : by_shard) {
      CHECK(count <= 20);
      sum += count;
    }
    CHECK(sum == 64);
  });
}

TEST_CASE("each steering serves all, and the report names it") {
  on_each_mode([](Settings settings) {
    for (const Steering steering : {Steering::hash, Steering::cpu, Steering::less_loaded}) {
      settings.steering = steering;
      Host host(one(on("127.0.0.1:0")), settings);
      if (steering != Steering::less_loaded || steers(host))
        for (size_t row = 0; row < 2; ++row) CHECK(host.row(row).steering == steering);
      const std::vector<Fd> clients = connect_to(host.address(), load(50));
      CHECK(host.take_all(clients.size()).size() == clients.size());
      CHECK(host.shut_down().complete);
    }
  });
}

TEST_CASE("a steered service shuts down under churn without loss") {
  on_each_mode([](const Settings& settings) {
    Host host(one(on("127.0.0.1:0")), less_loaded(settings, 2));
    const Fd held = hold_port(host.address());
    Answerers answerers(host);
    Churn churn(host.address(), 4);
    CHECK(eventually([&] { return churn.served() >= load(200); }));
    CHECK(host.shut_down().complete);
    answerers.join();
    churn.stop();
    CHECK(churn.lost() == 0);
  });
}

TEST_CASE("where a steering program is refused the kernel's hash steers, and the report says why") {
  on_each_mode([](const Settings& settings) {
    apart([&](Verdict& verdict) {
      verdict.expect(deny_call(SYS_bpf, EPERM), "seccomp");
      Host host(one(on("127.0.0.1:0")), less_loaded(settings, 2));
      for (size_t row = 0; row < 2; ++row) {
        verdict.expect(host.row(row).status == Status::ok, "it does not listen");
        verdict.expect(host.row(row).steering == Steering::hash, "steering in force");
        const std::string note = host.row(row).note.c_str();
        verdict.expect(note.find("CAP_BPF") != note.npos, "no reason is given");
      }
      const std::vector<Fd> clients = connect_to(host.address(), 20);
      verdict.expect(host.take_all(20).size() == 20, "not all are served");
    });
  });
}

}  // namespace
}  // namespace zest::acceptor
