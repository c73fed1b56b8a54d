// What one shard counts. Each number has one writing thread; only what takers count has several.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "base/count.h"

namespace zest::acceptor {

// How often each errno was seen: the first eight different ones, and the rest in the total only.
class ErrnoCounts {
 public:
  static constexpr size_t kinds = 8;
  struct Kind {
    std::atomic<int> os_errno{0};
    Count count;
  };

  void add(int os_errno) {
    total_.add();
    for (Kind& kind : kinds_) {
      const int known = kind.os_errno.load(std::memory_order_relaxed);
      if (known != 0 && known != os_errno) continue;
      kind.os_errno.store(os_errno, std::memory_order_relaxed);
      return kind.count.add();
    }
  }
  uint64_t total() const { return total_.get(); }
  const std::array<Kind, kinds>& by_errno() const { return kinds_; }

 private:
  Count total_;
  std::array<Kind, kinds> kinds_;
};

enum class Health : uint32_t { ok = 0, degraded = 1, failed = 2 };

struct Counters {
  Count accepted;
  Count handed_over;  // shared
  Count refused;
  Count queue_full_pauses;
  Count resource_pauses;
  Count wakeups;
  Count left_in_kernel;
  ErrnoCounts transient;
  std::atomic<uint32_t> short_of_resources{0};  // listeners that pause for want of them
  std::atomic<uint32_t> live{0};                // listeners that accept, or will again
  std::atomic<uint32_t> failed{0};              // listeners that ended by themselves
};

}  // namespace zest::acceptor
