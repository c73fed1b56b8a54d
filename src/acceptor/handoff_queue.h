// From one accepting thread to any number of takers, without locks. Bounded; a batch becomes
// visible at once, with one store.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdint>
#include <memory>
#include <span>

namespace zest::acceptor {

// A connected socket, or (fd -1) the news that a listener has failed. Not initialized by itself: a
// taker has room for a few hundred on its stack, and mostly gets one or two.
struct Accepted {
  int32_t fd;
  uint32_t listener;  // index of its socket in the service
  int64_t at_ns;      // when it was accepted; of news, the errno

  bool is_news() const { return fd < 0; }
};

class HandoffQueue {
 public:
  // Room for at least `slots`.
  explicit HandoffQueue(uint32_t slots)
      : mask_(std::bit_ceil(slots) - 1), cells_(new Cell[mask_ + 1]) {}

  // The accepting thread only.
  bool push(const Accepted& item) {
    if (pushed_ - head_.load(std::memory_order_acquire) > mask_) return false;
    Cell& cell = cells_[pushed_++ & mask_];
    cell.what.store(pack(item), std::memory_order_relaxed);
    cell.at_ns.store(item.at_ns, std::memory_order_relaxed);
    return true;
  }
  // Makes what was pushed visible. Sequentially consistent: a taker that goes to sleep afterwards
  // sees it, or is seen asleep (Bell).
  void publish() { tail_.store(pushed_, std::memory_order_seq_cst); }
  uint64_t unpublished() const { return pushed_ - tail_.load(std::memory_order_relaxed); }

  // Any thread. News is taken alone.
  size_t take(std::span<Accepted> into) {
    uint64_t head = head_.load(std::memory_order_relaxed);
    for (;;) {
      const uint64_t tail = tail_.load(std::memory_order_seq_cst);
      const size_t most = std::min<uint64_t>(tail - head, into.size());
      if (tail <= head) return 0;
      size_t count = 0;
      while (count < most) {
        into[count] = read(head + count);
        if (into[count].is_news() && count > 0) break;
        if (into[count++].is_news()) break;
      }
      // Whoever advances the head owns what it read; a cell is written anew only behind the head,
      // so what another has taken meanwhile is thrown away here.
      if (head_.compare_exchange_weak(head, head + count, std::memory_order_seq_cst)) return count;
    }
  }

  uint64_t depth() const {
    const uint64_t head = head_.load(std::memory_order_relaxed);
    const uint64_t tail = tail_.load(std::memory_order_relaxed);
    return tail > head ? tail - head : 0;
  }
  // With what is not published yet; the accepting thread only.
  uint64_t filled() const { return pushed_ - head_.load(std::memory_order_seq_cst); }

 private:
  // Atomic words, since a slow taker may read a cell that is being written anew.
  struct Cell {
    std::atomic<uint64_t> what;
    std::atomic<int64_t> at_ns;
  };

  static uint64_t pack(const Accepted& item) {
    return uint64_t{item.listener} << 32 | static_cast<uint32_t>(item.fd);
  }
  Accepted read(uint64_t position) const {
    const Cell& cell = cells_[position & mask_];
    const uint64_t what = cell.what.load(std::memory_order_relaxed);
    return {.fd = static_cast<int32_t>(static_cast<uint32_t>(what)),
            .listener = static_cast<uint32_t>(what >> 32),
            .at_ns = cell.at_ns.load(std::memory_order_relaxed)};
  }

  const uint64_t mask_;
  const std::unique_ptr<Cell[]> cells_;
  alignas(64) uint64_t pushed_ = 0;  // the accepting thread's own
  alignas(64) std::atomic<uint64_t> tail_{0};
  alignas(64) std::atomic<uint64_t> head_{0};
};

}  // namespace zest::acceptor
