// One worker's connections to the origins of one group. Newest first: the warmest is used, and the
// coldest run out of time.
#pragma once

#include <vector>

#include "base/count.h"
#include "io/scope.h"
#include "tls/layer.h"
#include "upstream/balancer.h"
#include "upstream/link.h"

namespace zest::upstream {

struct PoolCounters {
  Count& connects;
  Count& connect_failures;
  Count& reused;
  Count& closed_idle;
  tls::KernelCounts kernel{};
  Count* tls_failures = nullptr;  // connections whose handshake failed
};

class Pool {
 public:
  Pool(Group& group, io::Scope& scope, PoolCounters counters, size_t worker);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  const GroupConfig& config() const { return group_.config(); }

  // The peer for the next attempt; nullptr: all were tried.
  Peer* pick(const Tried& tried) { return balancer_->pick(group_, tried, scope_.loop().now_ns()); }

  // An idle connection to that peer, or nullptr. The caller gives it back or discards it.
  Link* take(Peer& peer);
  // Whether connections are kept for others at all.
  bool keeps() const {
    return config().keepalive && config().send_proxy == preface::ProxyVersion::none;
  }
  // A new one, or an errno.
  struct Attempt {
    std::string_view preface;        // sent before anything else
    bool speaks_first = false;       // we do, and at once: TCP Fast Open has something to carry
    int64_t deadline_ns = never_ns;  // if it comes before the group's connect timeout
  };
  struct Connected {
    Link* link = nullptr;
    int error = 0;         // ETIMEDOUT: not within the group's connect timeout
    const char* why = "";  // TLS came to nothing: a text that lives for ever
  };
  io::Task<Connected> connect(io::FrameStack& frames, Peer& peer, Attempt attempt);
  // What connect() has given came to nothing after all: see Link::early().
  void failed(Peer& peer, int os_errno);

  // After an exchange that came to its end on both sides, and left the connection open.
  void give_back(Link& link);
  void discard(Link& link);
  // Its stream is another's now, who keeps its places: at the peer, and in the pool, which is not
  // empty until left().
  Peer& hand_over(Link& link);
  void left(Peer& peer);

  // Close what is idle, and what comes back from now on.
  void close();
  size_t idle() const { return idle_count_; }
  bool empty() const { return links_ == 0; }

 private:
  friend class Link;

  struct Idle {
    List<Link> links;  // the newest last
    uint32_t count = 0;
  };

  size_t index_of(const Peer& peer) const {
    return static_cast<size_t>(&peer - group_.peers().data());
  }
  Idle& idle_of(const Peer& peer) { return idle_[index_of(peer)]; }
  io::Task<int> begin(io::FrameStack& frames, Link& link, int64_t deadline_ns);
  void begin_use(Link& link);
  bool worth_keeping(const Link& link) const;
  void drop_idle(Link& link);
  const char* tls_failed(Link& link);
  void count_failure(Peer& peer);
  io::Task<int32_t> wait_for_room(io::FrameStack& frames, int fd, Peer& peer, int64_t deadline_ns);
  void end(Link& link);
  void bury(Link& link);

  Group& group_;
  io::Scope& scope_;
  const PoolCounters counters_;
  std::unique_ptr<Balancer> balancer_;
  std::unique_ptr<Idle[]> idle_;
  std::vector<std::shared_ptr<tls::Resumption>> sessions_;  // by peer
  size_t idle_count_ = 0;
  size_t links_ = 0;
  bool closed_ = false;
};

}  // namespace zest::upstream
