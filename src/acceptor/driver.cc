#include "acceptor/driver.h"

#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>

namespace zest::acceptor {
namespace {

// How long an end in order may take; it is a matter of a few turns.
constexpr int64_t turn_ns = 10 * ns_per_ms;
constexpr int turns_max = 100;
// How often a thread looks for what another, which turns its shard, has accepted.
constexpr useconds_t step_us = 1000;

// The calling thread's number, once it has become an owner. Not its pthread_t: a new thread often
// has that of one that has ended.
thread_local pid_t self = 0;

}  // namespace

Status Driver::own(bool helping) {
  while (!attached_.load(std::memory_order_acquire)) {
    bool nobodys = false;
    if (!owned_.compare_exchange_strong(nobodys, true)) {
      sched_yield();  // another thread is just becoming the owner
      continue;
    }
    owner_ = self = ::gettid();
    anybodys_.store(helping);
    if (!shard_.attach()) {
      owned_.store(false);
      return Status::out_of_memory;
    }
    attached_.store(true, std::memory_order_release);
  }
  return owner_ == self ? Status::ok : Status::wrong_thread;
}

bool Driver::deserted() const {
  if (!attached_.load(std::memory_order_acquire) || shard_.finished()) return false;
  const bool gone = ::tgkill(::getpid(), owner_, 0) != 0 && errno == ESRCH;
  return gone && turns_.load(std::memory_order_acquire) > 0;
}

// A shutdown turns it, or nobody any more: what is in its queue is anybody's.
Status Driver::take_rest(std::span<Accepted> out, size_t& count, int64_t deadline_ns) {
  const SystemClock clock;
  for (;;) {
    const bool finished = shard_.finished();
    count = shard_.take(out);
    if (count > 0) return Status::ok;
    if (finished) return Status::closed;
    if (clock.now_ns() >= deadline_ns || calls_.closing()) return Status::timed_out;
    ::usleep(step_us);
  }
}

Status Driver::next(std::span<Accepted> out, size_t& count, int64_t deadline_ns) {
  const Status owned = own(false);
  if (owned == Status::wrong_thread && (anybodys_.load() || shard_.finished()))
    return take_rest(out, count, deadline_ns);
  if (owned != Status::ok) return owned;
  count = shard_.take(out);
  // A wait of no length still turns once: that is where accepting happens.
  while (count == 0) {
    if (shard_.finished()) return Status::closed;
    turn(deadline_ns);
    // An earlier owner's thread has ended, and this one has its number.
    if (shard_.loop()->foreign()) return Status::wrong_thread;
    count = shard_.take(out);
    if (count == 0 && shard_.loop()->now_ns() >= deadline_ns && !shard_.finished())
      return Status::timed_out;
  }
  return Status::ok;
}

void Driver::turn(int64_t until_ns) {
  shard_.turn(until_ns);
  turns_.fetch_add(1, std::memory_order_release);
  if (!shard_.drained() || shard_.finished()) return;
  shard_.finish();
  shard_.loop()->wake();
}

bool Driver::help_to_drain(int64_t until_ns, int64_t deadline_ns) {
  const Calls::Inside inside(calls_);
  if (!inside || shard_.finished()) return false;
  if (deserted()) return salvage(deadline_ns);
  if (own(true) != Status::ok) return false;
  turn(until_ns);
  if (shard_.queued() > 0) shard_.loop()->wake();  // whoever waits by the fd may take
  return !shard_.finished() && !shard_.loop()->foreign();
}

bool Driver::salvage(int64_t deadline_ns) {
  anybodys_.store(true);
  shard_.salvage(deadline_ns);
  if (!shard_.drained()) return true;
  shard_.finish();
  shard_.loop()->wake();
  return false;
}

// Its own thread can end it in order, and then nothing of it is left behind in the kernel. Any
// other can only let go.
void Driver::release() {
  const bool ours = attached_.load(std::memory_order_acquire) && own(false) == Status::ok;
  for (int i = 0; ours && !shard_.finished() && !shard_.loop()->foreign() && i < turns_max; ++i)
    turn(shard_.loop()->now_ns() + turn_ns);
  if (shard_.finished()) return;
  shard_.abandon();
  shard_.finish();
}

}  // namespace zest::acceptor
