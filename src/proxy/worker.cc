#include "proxy/worker.h"

#include <algorithm>
#include <new>

#include "sys/cpu.h"
#include "sys/signals.h"
#include "tls/record.h"

namespace zest::proxy {
namespace {

// How often a draining worker looks whether it is done.
constexpr int64_t drain_tick_ns = 5 * ns_per_ms;
// Handed over, and not taken yet.
constexpr size_t handed_most = 4096;
// How many idle connections go when fds run out.
constexpr int shed_most = 8;

}  // namespace

Worker::Worker(Shared& shared, uint32_t index, RecordSink* sink)
    : shared_(shared), index_(index), sink_(sink) {}

Worker::~Worker() {
  cut();
  join();
}

Result<void> Worker::start() {
  const sys::AllSignalsBlocked blocked;
  if (const int error = pthread_create(&thread_, nullptr, enter_thread, this))
    return fail_errno(error, "start worker %u", index_);
  running_ = true;
  std::unique_lock lock(mutex_);
  while (!started_) changed_.wait(lock);
  return *started_;
}

void* Worker::enter_thread(void* self) {
  auto& worker = *static_cast<Worker*>(self);
  Result<void> up = worker.set_up();
  const bool runs = up.has_value();
  if (runs) worker.hooks().worker_began();
  worker.ready(std::move(up));
  if (runs) worker.run();
  if (runs) worker.hooks().worker_ended();
  worker.ended_.store(true, std::memory_order_release);
  const std::lock_guard lock(worker.mutex_);
  worker.changed_.notify_one();
  return nullptr;
}

void Worker::ready(Result<void> result) {
  const std::lock_guard lock(mutex_);
  started_ = std::move(result);
  changed_.notify_one();
}

void Worker::cut() {
  cut_.store(true, std::memory_order_release);
  if (running_ && loop_) loop_->wake();
}

void Worker::join() {
  if (!running_) return;
  pthread_join(thread_, nullptr);
  running_ = false;
}

Result<void> Worker::set_up() {
  Text<16> name;
  name.append("zproxy-%u", index_);
  sys::name_thread(name.c_str());
  if (auto cpus = sys::allowed_cpus(); shared_.start.pin_cpus && cpus)
    (void)sys::pin_thread((*cpus)[index_ % cpus->size()]);
  const Config& config = shared_.start;
  auto loop = io::Loop::create(
      {.backend = config.backend,
       .submissions = std::min(config.sq_depth, 4096u),
       .completions = std::max(2 * config.sq_depth, 1024u),
       .sqpoll = config.sqpoll,
       .may_fail = true,
       .buffers = {.count = config.buf_count, .size = config.buf_size, .headroom = tls::headroom}},
      shared_.clock);
  if (!loop) return fail(loop.error());
  loop_ = std::move(*loop);
  hook_inbox_.loop = loop_.get();
  scope_.emplace(*loop_);
  engines_.emplace(*loop_, tunnel::EngineLimits{}, shared_.sockmap.get());
  backend_ = loop_->backend_kind();
  backend_note_ = loop_->backend_note();
  return loop_->attach();
}

std::shared_ptr<upstream::Pool> Worker::make_pool(upstream::Group& group) {
  const upstream::PoolCounters counters{.connects = counters_.upstream_connects,
                                        .connect_failures = counters_.upstream_connect_failures,
                                        .reused = counters_.upstream_reused,
                                        .closed_idle = counters_.upstream_closed_idle,
                                        .kernel = kernel_counts(),
                                        .tls_failures = &counters_.upstream_tls_failures};
  return std::make_shared<upstream::Pool>(group, *scope_, counters, index_);
}

Result<void> Worker::serve(Fd fd, uint64_t listener_id) {
  const std::lock_guard lock(mutex_);
  if (takes_no_more_) return fail(Status::closed, "the worker has ended");
  if (handed_.size() >= handed_most)
    return fail(Status::out_of_memory, "%zu connections wait for a worker", handed_most);
  handed_.push_back({std::move(fd), listener_id});
  handed_count_.store(handed_.size(), std::memory_order_relaxed);
  loop_->post(serve_work_);
  return {};
}

// A listener that has gone meanwhile has no more connections.
void Worker::run_serve() noexcept {
  std::vector<Handed> handed;
  {
    const std::lock_guard lock(mutex_);
    handed.swap(handed_);
    handed_count_.store(0, std::memory_order_relaxed);
  }
  for (Handed& one : handed) {
    const SharedListener* listener =
        draining_ ? nullptr : setup_->shared().with_id(one.listener_id);
    if (listener) setup_->listener(setup_->shared().index_of(*listener)).take(std::move(one.fd));
  }
}

void Worker::run_hooks() noexcept {
  while (const HookWaiter waiter = hooks().next_decided(hook_inbox_)) waiter.decided(waiter.owner);
}

bool Worker::all_setups(bool (WorkerSetup::*is)() const) const {
  bool all = true;
  for_each_setup([&](const WorkerSetup& setup) { all = all && (setup.*is)(); });
  return all;
}

void Worker::run() {
  int64_t shed_at_ns = never_ns;
  while (!cut_.load(std::memory_order_acquire)) {
    const int64_t drain_at_ns = draining_ ? loop_->now_ns() + drain_tick_ns : never_ns;
    loop_->turn(std::min(drain_at_ns, shed_at_ns));
    if (const int error = loop_->failed()) {
      lose(error);
      break;
    }
    if (adopting_) look_adopted(std::lock_guard(mutex_));
    shed_at_ns = shedder_.look();
    bury_setups();
    publish();
    if (!draining_) continue;
    if (empty()) break;
    if (loop_->now_ns() >= shared_.drain_deadline_ns.load()) break;
  }
  take_no_more();
  cut_all();
  publish();
  loop_->leave();
}

Session* Worker::take_session() {
  if (Session* session = free_sessions_.pop_front()) return session;
  auto session = std::unique_ptr<Session>(new (std::nothrow) Session(*this));
  if (!session) return nullptr;
  sessions_.push_back(std::move(session));
  return sessions_.back().get();
}

void Worker::return_session(Session& session) {
  session.unlink();
  free_sessions_.push_front(session);  // what was used last is in the caches
}

void Worker::exchange_ended(bool in_order) {
  if (draining_ && in_order) drained_.finished.add();
}

bool Worker::enter() {
  if (!shared_.connections.enter(setup_->config().connections)) return false;
  ++connections_;
  return true;
}

void Worker::leave() {
  shared_.connections.leave();
  --connections_;
}

void Worker::parked(Connection& connection) {
  unparked(connection);
  parked_.push_back(connection);
  ++parked_count_;
}

void Worker::unparked(Connection& connection) {
  if (!connection.linked()) return;
  connection.unlink();
  --parked_count_;
}

void Worker::publish() {
  const auto set = [](WorkerFigures::Figure& figure, uint64_t value) {
    figure.store(value, std::memory_order_relaxed);
  };
  const io::BackendCounters io = loop_->backend_counters();
  const io::LoopCounters& turns = loop_->counters();
  const tunnel::EngineCounters& engines = engines_->counters();
  set(figures_.connections, connections_);
  set(figures_.parked, parked_count_);
  set(figures_.links_idle, setup_ ? setup_->idle_links() : 0);
  set(figures_.buffers_free, loop_->buffers()->available());
  set(figures_.tunnels, tunnels_);
  set(figures_.spliced, engines.spliced);
  set(figures_.joined, engines.joined);
  set(figures_.kernel_bytes, engines.kernel_bytes);
  set(figures_.set_aside, engines.set_aside);
  set(figures_.aside_refused, engines.aside_refused);
  set(figures_.enters, io.enters);
  set(figures_.completions, io.completions);
  set(figures_.cq_overflows, io.cq_overflows);
  set(figures_.turns, turns.turns);
  set(figures_.rearmed, turns.rearmed);
  set(figures_.stepped_down, turns.stepped_down);
  set(figures_.starved, turns.starved);
}

void Worker::bury(Connection& connection) {
  connection.unlink();
  delete &connection;
  counters_.connections_closed.add();
}

void Worker::shed_idle() {
  List<Connection> others;
  for (int shed = 0; shed < shed_most && !parked_.empty();) {
    Connection& connection = *parked_.pop_front();
    if (!connection.idle()) {
      others.push_back(connection);
      continue;
    }
    parked_.push_back(connection);
    connection.finish();
    ++shed;
  }
  parked_.move_to(others);
  others.move_to(parked_);
}

size_t Worker::latency_bucket(int64_t duration_ns) {
  const auto us = static_cast<uint64_t>(duration_ns / ns_per_us);
  size_t bucket = 0;
  while (bucket < latency_bound_us.size() && us >= latency_bound_us[bucket]) ++bucket;
  return bucket;
}

}  // namespace zest::proxy
