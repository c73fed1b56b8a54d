#include "acceptor/shard.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "sys/cpu.h"

namespace zest::acceptor {
namespace {

// Slots beyond the capacity: what the kernel may have accepted between the moment that the queue is
// full and the moment that accepting has stopped is at most a completion ring's worth, twice.
constexpr uint32_t completions = 1024;
constexpr uint32_t slack = 2 * completions;
// Below it the capacity is kept, at the price of a submission for each connection.
constexpr uint32_t kept_capacity = 256;

}  // namespace

Shard::Shard(const ShardOptions& options, const Clock& clock, sys::Notifier notifier,
             ServiceBell* service_bell)
    : options_(options),
      clock_(clock),
      queue_(options.queue_capacity + slack),
      bell_(std::move(notifier)),
      service_bell_(service_bell) {
  if (service_bell_) service_bell_->shards_left.fetch_add(1);
}

Shard::~Shard() = default;

Result<void> Shard::open() {
  auto loop = io::Loop::create({.backend = options_.backend,
                                .submissions = 64,
                                .completions = completions,
                                .register_ring = !options_.driven,
                                .watchable = options_.driven,
                                .may_fail = true},
                               clock_);
  if (!loop) return fail(loop.error());
  loop_ = std::move(*loop);
  parts_ = std::make_unique<ShardParts>(*loop_, queue_, counters_, spare_, options_.queue_capacity,
                                        options_.queue_capacity < kept_capacity);
  spare_.acquire();
  return {};
}

void Shard::add(ListeningSocket socket) {
  if (socket.steering) steered_.emplace_back(socket.steering, socket.steering_index);
  sources_.push_back(std::make_unique<Source>(*parts_, std::move(socket)));
}

void Shard::hand_out_socket(int fd, uint32_t listener) {
  counters_.accepted.add();
  queue_.push({.fd = fd, .listener = listener, .at_ns = clock_.now_ns()});
  publish();
}

void Shard::turn(int64_t until_ns) {
  loop_->turn(until_ns);
  if (const int error = loop_->failed()) lose(error);
  if (service_bell_) mind_preemption();
  if (queue_.unpublished() > 0) publish();
  if (parts_->waiting_for_room) {
    // Said before the look at the queue, and takers look here after they have taken: one of the two
    // sees the other.
    parts_->waiting_for_room = false;
    waiting_for_room_.store(true, std::memory_order_seq_cst);
    if (queue_.filled() <= options_.queue_capacity / 2 && waiting_for_room_.exchange(false))
      run_room();
  }
}

// Only where there is a taker in another thread to be spared.
void Shard::mind_preemption() {
  const int64_t now_ns = loop_->now_ns();
  if (!preemption_.due(now_ns)) return;
  if (!preemption_.look(now_ns, sys::thread_cpu_ns())) return;
  // A preference: where a filter forbids it, takers are interrupted more often.
  [[maybe_unused]] const auto given = sys::give_way(preemption_.gives_way());
}

// The kernel completes nothing any more, so no listener accepts.
void Shard::lose(int os_errno) {
  const bool adding = !begun_ && !draining_;  // sockets, in another thread
  if (adding || drained()) return;
  loop_->collect();
  for (const auto& source : sources_) source->report_failure(os_errno);
  abandon();
}

void Shard::publish() {
  const auto count = static_cast<uint32_t>(queue_.unpublished());
  queue_.publish();
  tell_load();
  const bool own = bell_.ring(count);
  const bool services = service_bell_ && service_bell_->bell.ring(count);
  if (own || services) counters_.wakeups.add();
}

size_t Shard::take(std::span<Accepted> into) {
  const size_t count = queue_.take(into);
  if (count == 0) return 0;
  if (!into[0].is_news()) counters_.handed_over.add_shared(count);
  if (waiting_for_room_.load(std::memory_order_seq_cst) &&
      queue_.depth() <= options_.queue_capacity / 2 && waiting_for_room_.exchange(false))
    loop_->post(room_work_);
  tell_load();
  return count;
}

void Shard::run_room() noexcept {
  for (const auto& source : sources_) source->room();
}

void Shard::begin() { loop_->post(begin_work_); }

bool Shard::drained() const {
  if (!begun_ && !draining_) return false;
  if (sources_.empty()) return draining_;
  return std::ranges::all_of(sources_, [](const auto& source) { return source->closed(); });
}

void Shard::run_begin() noexcept {
  begun_ = true;
  for (const auto& source : sources_) source->begin();
}

// A second call only brings the deadline forward.
void Shard::drain(int64_t deadline_ns) {
  drain_deadline_ns_.store(deadline_ns);
  loop_->post(drain_work_);
}

void Shard::run_drain() noexcept {
  draining_ = true;
  for (const auto& source : sources_) source->drain(drain_deadline_ns_.load());
  note_held_off();
}

void Shard::note_held_off() {
  loop_->look_at_clock();
  if (parts_->held_off_ns == never_ns) parts_->held_off_ns = loop_->now_ns();
}

void Shard::finish() {
  if (finished_.exchange(true, std::memory_order_acq_rel)) return;
  bell_.ring_out();
  if (service_bell_) service_bell_->shard_ended();
}

void Shard::leave() {
  loop_->leave();
  if (queue_.unpublished() > 0) publish();
}

void Shard::deafen() {
  for (const auto& source : sources_) source->deafen();
}

// A thread that ends takes what it had submitted with it: nothing is completed any more.
void Shard::salvage(int64_t deadline_ns) {
  if (!std::exchange(salvaging_, true)) loop_->collect();
  draining_ = true;
  loop_->look_at_clock();
  for (const auto& source : sources_) source->salvage(deadline_ns);
  note_held_off();
  if (queue_.unpublished() > 0) publish();
}

void Shard::abandon() {
  deafen();
  loop_->collect();
  for (const auto& source : sources_) source->abandon();
  if (queue_.unpublished() > 0) publish();
}

void Shard::forget() {
  for (const auto& source : sources_) source->forget();
  if (loop_) loop_->close_copies();
  bell_.close_copies();
  spare_.give_up();
}

sys::AcceptQueue Shard::kernel_queue() const {
  sys::AcceptQueue sum;
  for (const auto& source : sources_) {
    const sys::AcceptQueue one = source->kernel_queue();
    sum.depth += one.depth;
    sum.most += one.most;
  }
  return sum;
}

void Shard::set_load(uint32_t load) {
  load_told_.store(true, std::memory_order_relaxed);
  for (const auto& [steering, index] : steered_) steering->set_open(index, load);
}

// Until the host tells a load of its own, what waits in the queue is it.
void Shard::tell_load() {
  if (steered_.empty() || load_told_.load(std::memory_order_relaxed)) return;
  const auto depth = static_cast<uint32_t>(queue_.depth());
  for (const auto& [steering, index] : steered_) steering->set_open(index, depth);
}

size_t Shard::close_untaken() {
  size_t closed = 0;
  Accepted item;
  while (queue_.take({&item, 1}) > 0) {
    if (item.is_news()) continue;
    ::close(item.fd);
    ++closed;
  }
  return closed;
}

}  // namespace zest::acceptor
