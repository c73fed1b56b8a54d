// Shutdown, its receipt, and the end of a service.
#include <unistd.h>

#include <algorithm>

#include "acceptor/service.h"

namespace zest::acceptor {
namespace {

constexpr int64_t default_timeout_ms = 10'000;
constexpr int64_t step_ns = ns_per_ms;
// After the deadline the threads close what is left; that takes a turn of theirs.
constexpr int64_t closing_grace_ns = ns_per_s;

}  // namespace

Status Service::shutdown(int64_t timeout_ms, Receipt& receipt) {
  const Calls::Inside inside(calls_);
  if (!inside) return Status::closed;
  const std::lock_guard lock(shutdown_mutex_);
  if (!shut_down_) {
    const int64_t began_ns = clock_.now_ns();
    const int64_t deadline_ns =
        deadline_after_ms(began_ns, timeout_ms < 0 ? default_timeout_ms : timeout_ms);
    drain_all(deadline_ns);
    wait_until_drained(deadline_ns);
    const bool in_time = finished(nullptr);
    cut_off();
    shut_down_ = true;
    receipt_ = receipt_now();
    receipt_.complete = in_time && receipt_.left_in_kernel == 0 && receipt_.refused == 0;
    receipt_.duration_ns = static_cast<uint64_t>(clock_.now_ns() - began_ns);
  }
  receipt = receipt_again();
  return receipt.complete ? Status::ok : Status::timed_out;
}

// What was found stays; what has been taken since counts.
Receipt Service::receipt_again() const {
  Receipt receipt = receipt_now();
  receipt.complete = receipt_.complete;
  receipt.left_in_kernel = receipt_.left_in_kernel;
  receipt.duration_ns = receipt_.duration_ns;
  return receipt;
}

void Service::drain_all(int64_t deadline_ns) {
  for (const auto& shard : shards_) {
    if (shard->loop()) {
      shard->drain(deadline_ns);
    } else {
      shard->finish();  // it only had sockets to hand out
    }
  }
}

void Service::wait_until_drained(int64_t deadline_ns) {
  while (!finished(nullptr) && !calls_.closing()) {
    const bool helps = help_to_drain(deadline_ns);
    const int64_t now_ns = clock_.now_ns();
    // What other threads drive may never be turned again.
    const bool closing = helps || !driven();
    if (now_ns >= deadline_ns && (!closing || now_ns - deadline_ns >= closing_grace_ns)) return;
  }
}

// Threads drain by themselves; shards of the calling thread, and of none, need us to turn them.
bool Service::help_to_drain(int64_t deadline_ns) {
  const int64_t until_ns = clock_.now_ns() + step_ns;
  bool helps = false;
  for (const auto& driver : drivers_) helps |= driver->help_to_drain(until_ns, deadline_ns);
  if (clock_.now_ns() < until_ns) ::usleep(step_ns / ns_per_us);
  return helps;
}

// Shards of threads that were busy elsewhere until the deadline: their sockets close now, and what
// their loops have accepted can be taken when they come.
void Service::cut_off() {
  for (const auto& shard : shards_)
    if (!shard->finished()) shard->deafen();
}

Receipt Service::receipt_now() const {
  Receipt receipt;
  for (const auto& shard : shards_) {
    const Counters& counters = shard->counters();
    // In this order: where it goes on meanwhile, nothing may seem handed over that was not
    // accepted.
    receipt.handed_over += counters.handed_over.get();
    receipt.refused += counters.refused.get();
    receipt.accepted += counters.accepted.get();
    receipt.left_in_kernel += counters.left_in_kernel.get();
  }
  receipt.in_queue = receipt.accepted - receipt.handed_over - receipt.refused;
  return receipt;
}

// The bells ring out for those who wait, the loops close for those who drive; when all have left,
// nothing of the engine runs any more.
Service::~Service() {
  if (forked()) {
    free_in_child();
    return;
  }
  calls_.close();
  for (const auto& driver : drivers_) driver->calls().close();
  drain_all(0);
  all_.bell.ring_out();
  for (const auto& shard : shards_) shard->bell().ring_out();
  for (const auto& worker : workers_) worker->join();
  calls_.wait_until_empty();
  for (const auto& driver : drivers_) {
    driver->calls().wait_until_empty();
    driver->release();
  }
  for (const auto& shard : shards_) shard->close_untaken();
}

// The threads are the parent's, and the fork may have caught them in the middle of anything: of the
// shards only the fds are let go, and their memory stays with the child until it ends or execs.
void Service::free_in_child() {
  for (auto& worker : workers_) worker.release()->forget();
  for (auto& driver : drivers_) {
    [[maybe_unused]] Driver* const left = driver.release();
  }
  for (auto& shard : shards_) {
    shard->close_untaken();
    shard.release()->forget();
  }
}

}  // namespace zest::acceptor
