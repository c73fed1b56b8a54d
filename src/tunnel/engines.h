// What the tunnels of one loop share: what they borrow while bytes move, within limits, and
// counters.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/list.h"
#include "bpf/hand_over.h"
#include "io/loop.h"

namespace zest::tunnel {

class Sender;
class Sockmap;
class Splicer;
class Tunnel;

// Which way bytes are to pass. Where a way can't be had (a layer on a stream, no rights, nothing
// left to lend), they are copied.
enum class EngineChoice : uint8_t { automatic, copy, splice, sockmap };

struct EngineLimits {
  uint32_t spare_senders = 64;  // kept for the next who sends
  // Each of 1 MiB, where the system allows it; who finds none copies.
  uint32_t pipes = 32;
  uint32_t joined = 4096;  // tunnels in the kernel at once
  // Of stalled tunnels' bytes, taken out of receive buffers that others waited for.
  size_t aside_bytes = 64 << 20;
  // That are held to go there, at once: each has two receives cancelled. The others are copied on.
  uint32_t joining = 64;
};

struct EngineCounters {
  uint64_t tunnels = 0;  // begun
  uint64_t senders = 0;  // made, ever
  uint64_t spliced = 0;  // times that a direction began to go through a pipe
  uint64_t pipes_refused = 0;
  uint64_t joined = 0;         // times that a tunnel went into the kernel
  uint64_t joins_put_off = 0;  // times that too many others were on their way there
  uint32_t joining_most = 0;   // at once
  uint64_t kernel_bytes = 0;
  uint64_t kernel_switches = 0;
  uint64_t bytes_again = 0;  // that the kernel passed a second time, and we left out
  uint64_t mismatches = 0;
  uint64_t set_aside = 0;      // times that a stalled tunnel gave its receive buffers to others
  uint64_t aside_refused = 0;  // times that it did not, since too much was set aside already
};

class Engines {
 public:
  // `sockmap`: of the process, or nullptr; it outlives this.
  explicit Engines(io::Loop& loop, const EngineLimits& limits = {}, Sockmap* sockmap = nullptr);
  Engines(const Engines&) = delete;
  Engines& operator=(const Engines&) = delete;
  ~Engines();

  // When all tunnels are over; busy() until nothing of ours is in flight.
  void stop();
  bool busy() const { return bell_op_.in_flight(); }

  // After each turn of the loop. Where receives wait for buffers, tunnels that have stalled give
  // theirs. Returns when it wants to look again at the latest.
  int64_t relieve();

  io::Loop& loop() { return loop_; }
  const EngineCounters& counters() const { return counters_; }

 private:
  friend class Sender;
  friend class Tunnel;

  bool may_set_aside(size_t bytes);
  Sender* lend_sender();
  void give_back(Sender& sender);
  Splicer* lend_splicer();
  void give_back(Splicer& splicer);
  Splicer* make_splicer();

  bool has_sockmap() const;
  bool may_join();
  bool joins_crowded();
  void begin_join();
  void end_join() { --joining_now_; }
  bool make_bell();
  uint32_t bell_index() const { return bell_->index; }
  std::optional<uint32_t> take_pair(Tunnel& tunnel);
  void give_back_pair(uint32_t pair);
  void rang(io::Completion completion) noexcept;

  io::Loop& loop_;
  const EngineLimits limits_;
  Sockmap* sockmap_;
  EngineCounters counters_;
  Sender* spare_senders_ = nullptr;
  uint32_t spare_count_ = 0;
  List<Sender> sending_;  // the longest so first; without those that were asked to make room
  size_t aside_bytes_ = 0;
  Splicer* spare_splicers_ = nullptr;
  uint32_t splicers_ = 0;
  bool stopped_ = false;
  uint32_t joined_now_ = 0;
  uint32_t joining_now_ = 0;
  std::optional<bpf::HandOver::Bell> bell_;
  std::vector<Tunnel*> by_pair_;
  io::Op bell_op_{this, io::Op::method<&Engines::rang>};
};

}  // namespace zest::tunnel
