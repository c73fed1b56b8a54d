// How a worker comes to its end: in order, or at once.
#include "proxy/worker.h"

namespace zest::proxy {
namespace {

// How often it is looked whether all has ended that was cancelled.
constexpr int64_t cut_tick_ns = 5 * ns_per_ms;

}  // namespace

void Worker::drain() { loop_->post(drain_work_); }

void Worker::run_drain() noexcept {
  draining_ = true;
  for_each_setup([](WorkerSetup& setup) { setup.close_listeners(); });
  close_idle();
  while (Arrival* arrival = arrivals_.front()) arrival->close();
  for (Passage* one = passages_.front(); one; one = passages_.after(*one)) one->drain();
  for_each_setup([](WorkerSetup& setup) { setup.close_pools(); });
}

// Whoever has not begun a request loses nothing.
void Worker::close_idle() {
  List<Connection> others;
  while (Connection* connection = parked_.front()) {
    connection->unlink();
    if (!connection->idle()) {
      others.push_back(*connection);
      continue;
    }
    --parked_count_;
    drained_.closed_idle.add();
    connection->finish();
  }
  others.move_to(parked_);
}

bool Worker::empty() const {
  return connections_ == 0 && passages_.empty() && scope_->running() == 0 &&
         all_setups(&WorkerSetup::closed);
}

// What is left goes, and its memory after the kernel has let go of it.
void Worker::cut_all() {
  draining_ = true;
  for_each_setup([](WorkerSetup& setup) {
    setup.close_listeners();
    setup.close_pools();
  });
  drained_.forced.add(connections_ - lingering());
  scope_->cancel();
  for_each_setup([](WorkerSetup& setup) { setup.cut_listeners(); });
  while (Arrival* arrival = arrivals_.front()) arrival->close();
  for (Passage* one = passages_.front(); one; one = passages_.after(*one)) one->cancel();
  while (Connection* connection = parked_.front()) connection->close();
  while (!empty() || !all_setups(&WorkerSetup::pools_empty)) {
    loop_->turn(loop_->now_ns() + cut_tick_ns);
    while (Connection* connection = parked_.front()) connection->close();
    while (Arrival* arrival = arrivals_.front())
      arrival->close();  // of listeners that closed since
  }
  engines_->stop();
  while (engines_->busy()) loop_->turn(loop_->now_ns() + cut_tick_ns);
}

// What lives in it ends as at a cut, since the loop ends what is cancelled; for the kernel each
// socket is shut down.
void Worker::lose(int os_errno) {
  lost_.store(true, std::memory_order_release);
  take_no_more();
  if (shared_.worker_lost) shared_.worker_lost(index_, os_errno);
}

// Whoever was handed over and not taken is let go.
void Worker::take_no_more() {
  const std::lock_guard lock(mutex_);
  takes_no_more_ = true;
  handed_.clear();
  handed_count_.store(0, std::memory_order_relaxed);
}

// Whose last answer is sent: they only wait for the client to have seen it.
uint64_t Worker::lingering() {
  uint64_t count = 0;
  for (Connection* one = parked_.front(); one; one = parked_.after(*one)) count += one->lingers();
  return count;
}

// Those that are cut with everything else are counted there.
void Worker::tunnel_ended(bool cut) {
  --tunnels_;
  if (!draining_ || scope_->cancelled()) return;
  (cut ? drained_.forced : drained_.tunnels).add();
}

}  // namespace zest::proxy
