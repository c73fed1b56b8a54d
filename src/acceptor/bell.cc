#include "acceptor/bell.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#include <ctime>

#include "base/clock.h"

namespace zest::acceptor {
namespace {

long futex(const std::atomic<uint32_t>& word, int operation, uint32_t value,
           const timespec* timeout) {
  return ::syscall(SYS_futex, &word, operation | FUTEX_PRIVATE_FLAG, value, timeout, nullptr, 0);
}

}  // namespace

bool Bell::ring(uint32_t sleepers) {
  bool woken = false;
  if (armed_.load(std::memory_order_seq_cst) && armed_.exchange(false)) {
    notifier_.signal();
    woken = true;
  }
  if (sleepers_.load(std::memory_order_seq_cst) > 0) {
    rings_.fetch_add(1);
    futex(rings_, FUTEX_WAKE, sleepers, nullptr);
    woken = true;
  }
  return woken;
}

void Bell::ring_out() {
  rung_out_.store(true);
  notifier_.signal();
  rings_.fetch_add(1);
  futex(rings_, FUTEX_WAKE, INT_MAX, nullptr);
}

// Cleared without asking whether it was signalled: a note of that, made before or after the signal,
// would be wrong for a moment, and whoever arms in that moment leaves the fd readable for nothing.
void Bell::arm() {
  if (rung_out_.load()) return;
  notifier_.clear();
  armed_.store(true, std::memory_order_seq_cst);
  if (rung_out_.load()) notifier_.signal();  // it came between
}

void Bell::disarm() {
  if (armed_.exchange(false)) notifier_.signal();
}

uint32_t Bell::ticket() {
  const uint32_t ticket = rings_.load(std::memory_order_acquire);
  sleepers_.fetch_add(1, std::memory_order_seq_cst);
  return ticket;
}

void Bell::sleep(uint32_t ticket, int64_t timeout_ns) const {
  const timespec limit{.tv_sec = timeout_ns / ns_per_s, .tv_nsec = timeout_ns % ns_per_s};
  if (rung_out_.load()) return;
  futex(rings_, FUTEX_WAIT, ticket, timeout_ns == never_ns ? nullptr : &limit);
}

}  // namespace zest::acceptor
