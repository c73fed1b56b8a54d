// What one thread accepts with: a loop, its listening sockets, and the queue they fill. An acceptor
// thread turns it (Worker), or a thread of the host does (Driver).
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "acceptor/bell.h"
#include "acceptor/source.h"
#include "acceptor/wakeup_preemption.h"

namespace zest::acceptor {

struct ShardOptions {
  uint32_t index = 0;
  uint32_t queue_capacity = 0;
  io::BackendKind backend = io::BackendKind::automatic;
  bool driven = false;  // by threads of the host, which may watch it, and may leave without a word
};

class Shard {
 public:
  // service_bell may be nullptr: nobody takes from the service as a whole.
  Shard(const ShardOptions& options, const Clock& clock, sys::Notifier notifier,
        ServiceBell* service_bell);
  ~Shard();
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  // Make the loop; a shard without one only hands out what was put into its queue.
  Result<void> open();

  // Before the first turn.
  void add(ListeningSocket socket);
  void hand_out_socket(int fd, uint32_t listener);  // a bound UDP socket

  // The loop's thread.
  Result<void> attach() { return loop_->attach(); }
  void turn(int64_t until_ns);
  bool drained() const;  // all its sockets are closed, and there will be no others
  void leave();          // nobody turns it any more: let go of the loop's own thread
  void abandon();        // the same from another thread, after the loop's has left for good
  // From another thread, in place of turns, after the loop's has ended without leaving: drain.
  void salvage(int64_t deadline_ns);
  void forget();  // in a forked child: close the copies of the fds, touch nothing else

  // Any thread; done in the loop's.
  void begin();
  void drain(int64_t deadline_ns);

  // Any thread.
  size_t take(std::span<Accepted> into);
  bool finished() const { return finished_.load(std::memory_order_acquire); }
  void finish();  // nothing will be accepted any more; once or more
  void set_load(uint32_t load);
  void deafen();           // the sockets listen no more, whatever the loop's thread does
  size_t close_untaken();  // at the very end

  uint32_t index() const { return options_.index; }
  io::Loop* loop() { return loop_.get(); }
  Bell& bell() { return bell_; }
  Counters& counters() { return counters_; }
  const Counters& counters() const { return counters_; }
  uint64_t queued() const { return queue_.depth(); }
  sys::AcceptQueue kernel_queue() const;
  bool failed() const { return counters_.failed.load() > 0 && counters_.live.load() == 0; }

 private:
  void publish();
  void mind_preemption();
  void lose(int os_errno);
  void run_room() noexcept;
  void tell_load();
  void run_begin() noexcept;
  void run_drain() noexcept;
  void note_held_off();

  template <void (Shard::*method)() noexcept>
  static void run(void* shard) noexcept {
    (static_cast<Shard*>(shard)->*method)();
  }

  const ShardOptions options_;
  const Clock& clock_;
  HandoffQueue queue_;
  Bell bell_;
  ServiceBell* const service_bell_;
  Counters counters_;
  SpareFd spare_;
  WakeupPreemption preemption_;
  std::unique_ptr<io::Loop> loop_;
  std::unique_ptr<ShardParts> parts_;
  std::vector<std::unique_ptr<Source>> sources_;
  std::vector<std::pair<std::shared_ptr<bpf::Steering>, uint32_t>> steered_;

  bool begun_ = false;
  bool draining_ = false;
  bool salvaging_ = false;
  std::atomic<bool> waiting_for_room_{false};
  std::atomic<bool> load_told_{false};
  std::atomic<bool> finished_{false};
  std::atomic<int64_t> drain_deadline_ns_{never_ns};
  io::Work begin_work_{this, run<&Shard::run_begin>};
  io::Work drain_work_{this, run<&Shard::run_drain>};
  io::Work room_work_{this, run<&Shard::run_room>};
};

}  // namespace zest::acceptor
