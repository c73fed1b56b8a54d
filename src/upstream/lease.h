// A request's hold on a connection of a Cluster: on its way, in use, or idle in there. One thread
// at a time.
#pragma once

#include <memory>

#include "base/fd.h"
#include "upstream/cluster.h"

namespace zest::upstream {

enum class Progress : uint8_t { connected, connecting };

class Lease : public ListNode {
 public:
  // A connection for a request: a pooled one, unless it has to be fresh; else a new one.
  static Result<Progress> take(const std::shared_ptr<Cluster>& home, bool fresh, Lease*& lease);

  // Looks after one that is connecting, and goes on to the next origin where it came to nothing.
  Result<Progress> go_on();
  // Another connection for the same request.
  Result<Progress> retry(bool fresh);
  // The connection leaves the pool's care; the request goes on counting.
  [[nodiscard]] int release_fd() { return fd_.release(); }
  // The end of the request, and of the lease.
  static void give_back(Lease* lease, bool reusable, const Outcome* outcome);

  const Cluster& home() const { return *home_; }
  bool connected() const { return state_ == State::connected; }
  int fd() const { return fd_.get(); }
  int64_t deadline_ns() const { return deadline_ns_; }
  uint32_t requests() const { return requests_; }
  size_t peer_index() const { return home_->index_of(*peer_); }
  const Peer& peer() const { return *peer_; }

 private:
  friend class Cluster;

  enum class State : uint8_t { empty, connecting, connected };

  static void end(Lease* lease);
  Result<Progress> seek(bool fresh);
  bool use(Lease& idle);
  Result<Progress> connect();
  Progress begin_use();
  std::unexpected<Error> lose(int error);
  // Of TCP Fast Open: whether there is a connection is told by the first answer.
  bool early() const { return requests_ == 1 && home_->config().tcp_fast_open; }
  void judge_early(bool good);
  void works();
  void blame(int error);
  void leave();
  std::unexpected<Error> no_origin() const;

  std::shared_ptr<Cluster> home_;  // none while it is the cluster's
  Peer* peer_ = nullptr;
  Fd fd_;
  State state_ = State::empty;
  uint32_t requests_ = 0;
  int64_t deadline_ns_ = never_ns;  // of connecting, or of being idle
  Tried tried_;
  int error_ = 0;  // of the last attempt
};

}  // namespace zest::upstream
