// A group's connections for hosts with loops of their own: the balancers and peers that a Pool has,
// without its loop. Any thread may use it; nothing in it waits for more than its lock.
#pragma once

#include <array>
#include <mutex>
#include <vector>

#include "base/clock.h"
#include "base/list.h"
#include "sys/fork_mark.h"
#include "upstream/balancer.h"

namespace zest::upstream {

class Lease;

// What became of a request.
struct Outcome {
  uint32_t status = 0;        // HTTP's; 0: none, or another protocol
  bool failed = false;        // the origin's fault: no answer, or a bad one
  int64_t first_byte_ns = 0;  // from the request to the answer's first byte; 0: not known
};

enum class PeerState : uint8_t { unknown, up, down };  // as the last attempt to connect found it

// Of one peer, by its cluster's lock.
struct PeerFigures {
  PeerState state = PeerState::unknown;
  uint32_t idle = 0;
  uint64_t connects = 0;
  uint64_t connect_failures = 0;
  uint64_t reused = 0;
  uint64_t requests = 0;  // that have been given back
  uint64_t failures = 0;  // of these, failed
  uint64_t retries = 0;
  uint64_t dropped_idle = 0;  // ended by the origin while nobody used them
  uint64_t expired = 0;       // unused for too long
  uint64_t crowded_out = 0;   // not kept: as many were idle as may be
  std::array<uint64_t, 6> answers{};
  int64_t first_byte_ns = 0;  // smoothed, as TCP does: an eighth of each
};

class Cluster {
 public:
  static Result<std::shared_ptr<Cluster>> create(GroupConfig config, const Clock& clock);
  Cluster(GroupConfig config, sys::ForkMark mark, const Clock& clock);
  ~Cluster();
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  bool forked() const { return fork_mark_.forked(); }
  const GroupConfig& config() const { return group_.config(); }
  size_t size() const { return group_.peers().size(); }

  // Closes what is idle, and what comes back from now on.
  void close();

  // Closes what is idle for too long or has ended. Tells when to come again; never_ns: not needed.
  int64_t tend();

  struct Seen {
    sys::Address address;
    uint32_t active = 0;
    PeerFigures figures;
  };
  Seen see(size_t index) const;

 private:
  friend class Lease;

  struct Place {
    List<Lease> idle;  // the newest last
    PeerFigures figures;
  };
  struct Picked {
    Peer* peer = nullptr;
    Lease* idle = nullptr;
  };

  static constexpr size_t spare_max = 256;  // empty leases, kept for the next requests

  size_t index_of(const Peer& peer) const {
    return static_cast<size_t>(&peer - group_.peers().data());
  }
  Place& place_of(const Peer& peer) { return places_[index_of(peer)]; }
  template <typename Change>
  void note(const Peer& peer, Change change) {
    const std::lock_guard lock(mutex_);
    change(place_of(peer).figures);
  }
  void rest(Peer& peer) const { group_.rest(peer, clock_.now_ns()); }
  bool worth_keeping(const Lease& lease) const;

  // What a lease asks of it.
  Lease* spare();
  void put_away(Lease* lease);
  void put_away(List<Lease>& leases);
  Picked pick(const Tried& tried, bool fresh);
  bool keep(Lease& lease);
  bool keep_with(Lease& lease, List<Lease>& gone);
  void take_expired(Place& place, int64_t now_ns, List<Lease>& into);
  void take_ended(Place& place, List<Lease>& into);
  static void destroy(List<Lease>& leases);

  const Group group_;
  const sys::ForkMark fork_mark_;
  const Clock& clock_;
  mutable std::mutex mutex_;  // of all below
  std::unique_ptr<Balancer> balancer_;
  std::unique_ptr<Place[]> places_;
  List<Lease> spare_;
  size_t spare_count_ = 0;
  bool closed_ = false;
};

}  // namespace zest::upstream
