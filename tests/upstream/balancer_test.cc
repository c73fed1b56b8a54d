#include "upstream/balancer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "base/clock.h"

namespace zest::upstream {
namespace {

// Origins whose ports are 1, 2, 3 ...
Group group_of(size_t count) {
  GroupConfig config;
  for (size_t i = 0; i < count; ++i) {
    config.addrs.push_back(*sys::Address::parse("127.0.0.1:1"));
    config.addrs.back().set_port(static_cast<uint16_t>(i + 1));
  }
  return Group(config);
}

// The ports of the next picks: "123".
std::string picks(Balancer& balancer, const Group& group, size_t count, const Tried& tried = {},
                  int64_t now_ns = 0) {
  std::string ports;
  for (size_t i = 0; i < count; ++i) {
    const Peer* peer = balancer.pick(group, tried, now_ns);
    ports += peer ? std::to_string(peer->address.port()) : "-";
  }
  return ports;
}

}  // namespace

TEST_CASE("round robin takes each in turn, from where it is told to start") {
  const Group group = group_of(3);
  const auto first = make_balancer(Strategy::round_robin, 0);
  const auto second = make_balancer(Strategy::round_robin, 1);
  CHECK(picks(*first, group, 7) == "1231231");
  CHECK(picks(*second, group, 7) == "2312312");
}

TEST_CASE("who was tried is not picked again, until nobody is left") {
  for (const Strategy strategy : {Strategy::round_robin, Strategy::least_connections}) {
    const Group group = group_of(3);
    const auto balancer = make_balancer(strategy, 0);
    Tried tried;
    tried.add(group.peers()[0]);
    CHECK(picks(*balancer, group, 20, tried).find('1') == std::string::npos);
    tried.add(group.peers()[2]);
    CHECK(picks(*balancer, group, 3, tried) == "222");
    tried.add(group.peers()[1]);
    CHECK(picks(*balancer, group, 2, tried) == "--");
  }
}

TEST_CASE("a further attempt of a request does not move the turn") {
  for (const Strategy strategy : {Strategy::round_robin, Strategy::least_connections}) {
    const Group group = group_of(2);
    const auto balancer = make_balancer(strategy, 0);
    Tried tried;
    tried.add(group.peers()[0]);
    for (int i = 0; i < 3; ++i) {
      CHECK(picks(*balancer, group, 1) == "1");
      CHECK(picks(*balancer, group, 1, tried) == "2");
      CHECK(picks(*balancer, group, 1) == "2");
    }
  }
}

TEST_CASE("who could not be connected to is asked last for a while, and then by one alone") {
  constexpr int64_t pause_ns = 10'000 * ns_per_ms;
  for (const Strategy strategy : {Strategy::round_robin, Strategy::least_connections}) {
    const Group group = group_of(3);
    const auto balancer = make_balancer(strategy, 0);
    Peer& dead = group.peers()[1];
    group.rest(dead, 0);
    CHECK(picks(*balancer, group, 20, {}, pause_ns - 1).find('2') == std::string::npos);
    Tried others;
    others.add(group.peers()[0]);
    others.add(group.peers()[2]);
    CHECK(picks(*balancer, group, 1, others, 1) == "2");
    const std::string later = picks(*balancer, group, 20, {}, 2 * pause_ns);
    CHECK(std::ranges::count(later, '2') == 1);
    dead.works();
    CHECK(std::ranges::count(picks(*balancer, group, 6, {}, 2 * pause_ns), '2') == 2);
  }
}

TEST_CASE("where all rest each gets its turn") {
  const Group group = group_of(2);
  for (Peer& peer : group.peers()) group.rest(peer, 0);
  CHECK(picks(*make_balancer(Strategy::round_robin, 0), group, 4, {}, 1) == "1212");
}

TEST_CASE("a request is tried with at most four") {
  const Group group = group_of(6);
  Tried tried;
  for (size_t i = 0; i < Tried::most; ++i) {
    CHECK(!tried.full());
    tried.add(group.peers()[i]);
  }
  CHECK(tried.full());
  CHECK(tried.count() == 4);
}

TEST_CASE("least connections picks who has the fewest, and equals in turn") {
  const Group group = group_of(3);
  const auto balancer = make_balancer(Strategy::least_connections, 0);
  CHECK(picks(*balancer, group, 6) == "123123");
  group.peers()[0].active = 2;
  group.peers()[2].active = 1;
  CHECK(picks(*balancer, group, 3) == "222");
  group.peers()[1].active = 5;
  CHECK(picks(*balancer, group, 3) == "333");
}

TEST_CASE("a group without origins has nobody") {
  const Group group = group_of(0);
  for (const Strategy strategy : {Strategy::round_robin, Strategy::least_connections})
    CHECK(picks(*make_balancer(strategy, 3), group, 1) == "-");
}

}  // namespace zest::upstream
