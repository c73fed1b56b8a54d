// The whole acceptor: everything behind a zest_service.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "acceptor/driver.h"
#include "acceptor/plan.h"
#include "acceptor/worker.h"
#include "sys/fork_mark.h"

namespace zest::acceptor {

// What is known of a listening socket; Accepted::listener is its index.
struct SocketInfo {
  uint64_t listener_id = 0;
  uint32_t shard = 0;
  net::Protocol protocol = net::Protocol::tcp;
  sys::Address address;
};

struct Receipt {
  bool complete = false;
  uint64_t accepted = 0;
  uint64_t handed_over = 0;
  uint64_t in_queue = 0;
  uint64_t refused = 0;
  uint64_t left_in_kernel = 0;
  uint64_t duration_ns = 0;
};

struct ShardStats {
  Health health = Health::ok;
  const Counters* counters = nullptr;
  uint64_t queued = 0;
  uint64_t kernel_queue = 0;
  uint64_t kernel_queue_max = 0;
};

class Service {
 public:
  // The report has a row for every socket, also if this fails.
  static Result<std::unique_ptr<Service>> start(std::vector<ListenerConfig> configs,
                                                Settings settings, Report& report);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // All: any thread. Statuses as zest/acceptor.h says.
  Status next(std::span<Accepted> out, size_t& count, int64_t timeout_ms);
  Status shard_next(uint32_t shard, std::span<Accepted> out, size_t& count, int64_t timeout_ms);
  Status event_fd(int& fd) const;
  Status shard_event_fd(uint32_t shard, int& fd) const;
  Status set_load(uint32_t shard, uint32_t load);
  Status shutdown(int64_t timeout_ms, Receipt& receipt);

  uint32_t shard_count() const { return static_cast<uint32_t>(shards_.size()); }
  ShardStats stats(uint32_t shard) const;
  const SocketInfo& socket(uint32_t index) const { return sockets_[index]; }
  bool forked() const { return mark_.forked(); }

 private:
  friend class Starter;

  Service(const Settings& settings, sys::ForkMark mark, sys::Notifier notifier)
      : settings_(settings), mark_(std::move(mark)), all_(std::move(notifier)) {}

  bool driven() const { return settings_.shards; }
  Status wait_and_take(Bell& bell, std::span<Accepted> out, size_t& count, int64_t deadline_ns,
                       Shard* only);
  size_t take(std::span<Accepted> out, Shard* only);
  bool finished(const Shard* only) const;
  void drain_all(int64_t deadline_ns);
  void wait_until_drained(int64_t deadline_ns);
  bool help_to_drain(int64_t deadline_ns);
  void cut_off();
  Receipt receipt_now() const;
  Receipt receipt_again() const;
  int64_t deadline(int64_t timeout_ms) const;
  void free_in_child();

  const Settings settings_;
  const SystemClock clock_;
  const sys::ForkMark mark_;
  ServiceBell all_;
  Calls calls_;
  std::vector<SocketInfo> sockets_;
  std::vector<std::unique_ptr<Shard>> shards_;
  std::vector<std::unique_ptr<Worker>> workers_;  // one per shard with sockets, unless driven
  std::vector<std::unique_ptr<Driver>> drivers_;  // one per shard, if driven
  std::atomic<uint32_t> next_shard_{0};           // where the next taker looks first

  std::mutex shutdown_mutex_;
  bool shut_down_ = false;
  Receipt receipt_;
};

}  // namespace zest::acceptor
