// A worker's part of a Setup: its listening sockets and its connections to origins. Lives until the
// last connection that began with it has ended.
#pragma once

#include <memory>
#include <vector>

#include "proxy/listener.h"
#include "upstream/pool.h"

namespace zest::proxy {

class WorkerSetup {
 public:
  // Takes over the pools of groups that both have. While the worker's loop stands, from any thread.
  WorkerSetup(Worker& worker, std::shared_ptr<const Setup> shared, const WorkerSetup* previous);
  WorkerSetup(const WorkerSetup&) = delete;
  WorkerSetup& operator=(const WorkerSetup&) = delete;

  const Setup& shared() const { return *shared_; }
  const Config& config() const { return shared_->config; }
  const Router& router() const { return shared_->router; }
  upstream::Pool& pool(size_t index) const { return *pools_[index]; }
  Listener& listener(size_t index) { return *listeners_[index]; }
  bool retired() const { return retired_; }  // another is in force

  // The worker's thread.
  void begin();                    // to accept
  void retire(WorkerSetup& heir);  // who has the same places gets their sockets
  void close_listeners();
  void cut_listeners();  // who has no end of its own
  void close_pools();
  // No socket, no client, and no link to an origin but in pools that the next setup has, too.
  bool over() const;
  bool closed() const;       // all listeners
  bool pools_empty() const;  // of idle links and others
  size_t idle_links() const;

  std::unique_ptr<WorkerSetup> older;  // that was in force before, if it is not over

 private:
  Listener* at(const Place& place);
  bool deserted() const;

  const std::shared_ptr<const Setup> shared_;
  std::vector<std::shared_ptr<upstream::Pool>> pools_;  // as the setup's groups
  std::vector<std::unique_ptr<Listener>> listeners_;    // as the setup's listeners
  bool retired_ = false;
};

}  // namespace zest::proxy
