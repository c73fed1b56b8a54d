// A number that one thread counts and any thread reads: a load and a store.
#pragma once

#include <atomic>
#include <cstdint>

namespace zest {

class Count {
 public:
  void add(uint64_t n = 1) {  // its one thread
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  void add_shared(uint64_t n) { value_.fetch_add(n, std::memory_order_release); }
  uint64_t get() const { return value_.load(std::memory_order_acquire); }

 private:
  std::atomic<uint64_t> value_{0};
};

}  // namespace zest
