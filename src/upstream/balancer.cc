#include "upstream/balancer.h"

#include "base/clock.h"

namespace zest::upstream {
namespace {

class RoundRobin final : public Balancer {
 public:
  explicit RoundRobin(size_t start) : next_(start) {}

 private:
  Peer* pick(std::span<Peer> peers, const Tried& tried, int64_t now_ns) override {
    for (size_t i = 0; i < peers.size(); ++i) {
      Peer& peer = peers[(next_ + i) % peers.size()];
      if (tried.has(peer) || peer.rests(now_ns)) continue;
      if (tried.count() == 0) next_ += i + 1;
      return &peer;
    }
    return nullptr;
  }

  size_t next_;
};

// Equals take turns: else an idle group would always get to see its first peer.
class LeastConnections final : public Balancer {
 public:
  explicit LeastConnections(size_t start) : next_(start) {}

 private:
  Peer* pick(std::span<Peer> peers, const Tried& tried, int64_t now_ns) override {
    Peer* best = nullptr;
    uint32_t least = 0;
    const size_t first = next_;
    if (tried.count() == 0) ++next_;
    for (size_t i = 0; i < peers.size(); ++i) {
      Peer& peer = peers[(first + i) % peers.size()];
      const uint32_t active = peer.active.load(std::memory_order_relaxed);
      if (tried.has(peer) || peer.rests(now_ns) || (best && active >= least)) continue;
      best = &peer;
      least = active;
    }
    return best;
  }

  size_t next_;
};

constexpr int64_t when_all_are_rested_ns = never_ns;

}  // namespace

Peer* Balancer::pick(const Group& group, const Tried& tried, int64_t now_ns) {
  Peer* peer = pick(group.peers(), tried, now_ns);
  if (!peer) peer = pick(group.peers(), tried, when_all_are_rested_ns);
  if (peer && peer->rests_until_ns.load(std::memory_order_relaxed) != 0) group.rest(*peer, now_ns);
  return peer;
}

std::unique_ptr<Balancer> make_balancer(Strategy strategy, size_t start) {
  switch (strategy) {
    case Strategy::round_robin: return std::make_unique<RoundRobin>(start);
    case Strategy::least_connections: return std::make_unique<LeastConnections>(start);
  }
  return nullptr;
}

}  // namespace zest::upstream
