// Which origin gets a request. One balancer per worker and group, so that it may keep state.
#pragma once

#include <array>
#include <memory>

#include "upstream/group.h"

namespace zest::upstream {

// The peers that this request has failed with.
class Tried {
 public:
  static constexpr size_t most = 4;  // attempts per request

  bool full() const { return count_ == most; }
  size_t count() const { return count_; }
  bool has(const Peer& peer) const {
    for (size_t i = 0; i < count_; ++i)
      if (peers_[i] == &peer) return true;
    return false;
  }
  void add(const Peer& peer) { peers_[count_++] = &peer; }

 private:
  std::array<const Peer*, most> peers_{};
  size_t count_ = 0;
};

class Balancer {
 public:
  virtual ~Balancer() = default;
  // nullptr: all were tried. Who rests is picked when nobody else is left; who has rested enough is
  // asked by one request alone, until that has connected.
  Peer* pick(const Group& group, const Tried& tried, int64_t now_ns);

 private:
  // A further attempt of a request does not move the turn: else it would always come back to who
  // has failed.
  virtual Peer* pick(std::span<Peer> peers, const Tried& tried, int64_t now_ns) = 0;
};

// `start`: the worker's index, so that workers do not all begin with the same peer.
std::unique_ptr<Balancer> make_balancer(Strategy strategy, size_t start);

}  // namespace zest::upstream
