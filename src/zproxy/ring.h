// A bounded queue between one thread that puts and one that takes: fixed slots, no lock, and a full
// one says so.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

#include "base/assert.h"

namespace zest::zproxy {

template <typename T>
class Ring {
 public:
  // A power of two. The slots are not written before they are used.
  explicit Ring(size_t capacity)
      : mask_(capacity - 1), slots_(std::make_unique_for_overwrite<T[]>(capacity)) {
    ZEST_ASSERT(capacity > 0 && (capacity & mask_) == 0);
  }

  // The putting thread: a slot to fill, nullptr if none is free; then put().
  T* free_slot() {
    const size_t put = put_.load(std::memory_order_relaxed);
    if (put - taken_seen_ > mask_) taken_seen_ = taken_.load(std::memory_order_acquire);
    return put - taken_seen_ > mask_ ? nullptr : &slots_[put & mask_];
  }
  // Sequentially consistent: whoever puts, and then sees no taker asleep, was seen by the taker.
  void put() { put_.store(put_.load(std::memory_order_relaxed) + 1, std::memory_order_seq_cst); }

  // The taking thread: the oldest one, nullptr if there is none; then take().
  const T* oldest() const {
    const size_t taken = taken_.load(std::memory_order_relaxed);
    return put_.load(std::memory_order_seq_cst) == taken ? nullptr : &slots_[taken & mask_];
  }
  void take() {
    taken_.store(taken_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }

 private:
  const size_t mask_;
  const std::unique_ptr<T[]> slots_;
  alignas(64) std::atomic<size_t> put_{0};
  size_t taken_seen_ = 0;
  alignas(64) std::atomic<size_t> taken_{0};
};

}  // namespace zest::zproxy
