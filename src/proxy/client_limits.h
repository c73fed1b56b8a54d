// How many connections there are: in all, of each listener, of each client address; over all
// workers.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/siphash.h"
#include "sys/address.h"
#include "sys/random.h"

namespace zest::proxy {

// Counts up to a limit, which a reload may change. Any thread.
class Quota {
 public:
  bool enter(uint64_t most) {
    if (count_.fetch_add(1, std::memory_order_relaxed) < most) return true;
    leave();
    return false;
  }
  void leave() { count_.fetch_sub(1, std::memory_order_relaxed); }
  uint64_t count() const { return count_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> count_{0};
};

// One Quota per client address; an IPv6 client is its /64. Only where there is a limit, since all
// workers meet here: who entered under none (0) leaves under none.
class ClientQuotas {
 public:
  bool enter(const sys::Address& client, uint32_t most);
  void leave(const sys::Address& client, uint32_t most);

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, uint32_t, KeyedHash> counts_{
      0, KeyedHash{sys::random_sip_key()}};  // clients choose their addresses
};

}  // namespace zest::proxy
