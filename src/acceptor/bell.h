// Wakes who waits for a queue, and costs two loads when nobody does.
//
// A waiter says so first (armed_ or sleepers_), then looks at the queue once more, then waits; a
// ringer publishes first, then looks for waiters. All four in one order that all threads agree on
// (seq_cst): so either the waiter sees the item or the ringer sees the waiter.
#pragma once

#include <atomic>
#include <cstdint>

#include "sys/notifier.h"

namespace zest::acceptor {

class Bell {
 public:
  explicit Bell(sys::Notifier notifier) : notifier_(std::move(notifier)) {}

  // The fd is readable from the first ring after arm() until the next arm().
  int fd() const { return notifier_.fd(); }

  // Something was published: wake whoever waits by fd, and this many of those in sleep(). Returns
  // whether anybody was woken.
  bool ring(uint32_t sleepers);
  // For ever: the fd stays readable and nobody sleeps any more.
  void ring_out();

  // In a forked child: close the copies of the fds.
  void close_copies() { notifier_.close(); }

  // Before the last look at the queue. If that look finds something, disarm().
  void arm();
  // Found something after all: others that wait by the fd must hear of the rest.
  void disarm();

  // Sleep until a ring. Use: ticket(), then the last look, then sleep(ticket, ...), then awake().
  uint32_t ticket();
  void sleep(uint32_t ticket, int64_t timeout_ns) const;
  void awake() { sleepers_.fetch_sub(1, std::memory_order_relaxed); }

 private:
  sys::Notifier notifier_;
  std::atomic<bool> armed_{true};
  std::atomic<bool> rung_out_{false};
  std::atomic<uint32_t> sleepers_{0};
  std::atomic<uint32_t> rings_{0};  // the futex
};

// The bell of those who take from a service as a whole. It rings out when the last shard has ended;
// the service itself counts as one while it starts.
struct ServiceBell {
  explicit ServiceBell(sys::Notifier notifier) : bell(std::move(notifier)) {}

  void shard_ended() {
    if (shards_left.fetch_sub(1) == 1) bell.ring_out();
  }

  Bell bell;
  std::atomic<uint32_t> shards_left{1};
};

}  // namespace zest::acceptor
