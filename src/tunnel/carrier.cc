#include "tunnel/carrier.h"

#include <new>

#include "sys/cpu.h"
#include "sys/fault.h"
#include "sys/signals.h"

namespace zest::tunnel {
namespace {

// How often it is looked whether there is a buffer for who waits to begin, and whether all is over.
constexpr int64_t tick_ns = 5 * ns_per_ms;

}  // namespace

Carrier::~Carrier() {
  if (!running_) return;
  stopping_.store(true, std::memory_order_release);
  loop_->wake();
  pthread_join(thread_, nullptr);
}

Result<void> Carrier::start() {
  const sys::AllSignalsBlocked blocked;
  int error = sys::fault::at("pthread_create", EAGAIN);
  if (error == 0) error = pthread_create(&thread_, nullptr, enter, this);
  if (error) return fail_errno(error, "start the thread of tunnels %u", index_);
  std::unique_lock lock(shared_.mutex);
  while (!started_) shared_.changed.wait(lock);
  running_ = started_->has_value();
  lock.unlock();
  if (!running_) pthread_join(thread_, nullptr);
  return *started_;
}

void* Carrier::enter(void* self) {
  auto& carrier = *static_cast<Carrier*>(self);
  Result<void> up = carrier.set_up();
  const bool runs = up.has_value();
  carrier.ready(std::move(up));
  if (runs) carrier.run();
  return nullptr;
}

void Carrier::ready(Result<void> result) {
  const std::lock_guard lock(shared_.mutex);
  started_ = std::move(result);
  shared_.changed.notify_all();
}

Result<void> Carrier::set_up() try {
  const sys::fault::Inside inside;
  Text<16> name;
  name.append("zest-tunnel-%u", index_);
  sys::name_thread(name.c_str());
  const ServiceConfig& config = shared_.config;
  auto loop = io::Loop::create({.backend = config.backend,
                                .may_fail = true,
                                .buffers = {.count = config.buffers, .size = config.buffer_size}},
                               shared_.clock);
  if (!loop) return fail(loop.error());
  loop_ = std::move(*loop);
  engines_.emplace(*loop_, EngineLimits{}, shared_.sockmap.get());
  return loop_->attach();
} catch (const std::bad_alloc&) {
  return fail(Status::out_of_memory, "no memory for a thread of tunnels");
}

void Carrier::run() {
  int64_t look_at_ns = never_ns;
  while (!stopping_.load(std::memory_order_acquire)) {
    const int64_t begin_at_ns = waiting_.empty() ? never_ns : loop_->now_ns() + tick_ns;
    loop_->turn(std::min(look_at_ns, begin_at_ns));
    if (loop_->failed()) cancel_all();
    begin_waiting();
    look_at_ns = look_for_buffers();
  }
  engines_->stop();
  while (engines_->busy()) loop_->turn(loop_->now_ns() + tick_ns);
  loop_->leave();
}

void Carrier::begin(Carried& carried) {
  ++load_;
  carried.wish().begin = true;
  ask(carried);
}

void Carrier::ask(Carried& carried) {
  if (!carried.wish().linked()) inbox_.push_back(carried.wish());
  loop_->post(inbox_work_);
}

void Carrier::run_inbox() noexcept {
  for (;;) {
    std::unique_lock lock(shared_.mutex);
    Wish* wish = inbox_.pop_front();
    if (!wish) return;
    const bool begins = std::exchange(wish->begin, false);
    const bool drains = std::exchange(wish->drain, false);
    const bool cancels = std::exchange(wish->cancel, false);
    lock.unlock();
    act(wish->of, begins, drains, cancels);
  }
}

// Nothing of this ends a tunnel here and now.
void Carrier::act(Carried& carried, bool begins, bool drains, bool cancels) {
  if (drains) carried.drain();
  if (begins && (cancels || carried.begin())) {
    carried_.push_front(carried);
  } else if (begins) {
    waiting_.push_back(carried);
  }
  if (!cancels) return;
  carried.unlink();
  carried_.push_front(carried);
  carried.cancel();
}

// Its fds are closed before anybody hears of it.
void Carrier::ended(Carried& carried) {
  const bool shed = carried.was_shed();
  const Ending result = carried.ending(loop_->now_ns());
  std::unique_ptr<EndingNode> node = carried.take_node();
  carried.unlink();
  {
    const std::lock_guard lock(shared_.mutex);
    carried.wish().unlink();
    shared_.by_id.erase(carried.id());
  }
  delete &carried;
  const std::lock_guard lock(shared_.mutex);
  --load_;
  ServiceTotals& totals = shared_.totals;
  ++totals.ends[static_cast<size_t>(result.ended.end)];
  totals.bytes[0] += result.ended.bytes[0];
  totals.bytes[1] += result.ended.bytes[1];
  totals.shed += shed;
  if (node) {
    node->value = result;
    shared_.endings.put(std::move(node));
  } else {
    --shared_.held;
  }
  if (--shared_.open > 0 || !shared_.closing) return;
  shared_.endings.close();
  shared_.changed.notify_all();
}

void Carrier::begin_waiting() {
  List<Carried> still;
  while (Carried* carried = waiting_.pop_front()) {
    const bool begun = carried->begin();
    const bool late = !begun && loop_->now_ns() >= carried->give_up_ns();
    if (begun || late) {
      carried_.push_front(*carried);
    } else {
      still.push_back(*carried);
    }
    if (late) carried->shed();
  }
  still.move_to(waiting_);
}

// The kernel refuses to go on with the ring: what it carries is cut, also what comes before others
// have heard of it. Others carry what comes then.
void Carrier::cancel_all() {
  {
    const std::lock_guard lock(shared_.mutex);
    lost_ = true;
  }
  waiting_.move_to(carried_);
  for (Carried* one = carried_.front(); one; one = carried_.after(*one)) one->cancel();
}

int64_t Carrier::look_for_buffers() {
  const io::Starvation::Seen seen = starvation_.look(*loop_);
  if (seen.stuck) shed_newest();
  return std::min(seen.again_ns, engines_->relieve());
}

void Carrier::shed_newest() {
  for (Carried* carried = carried_.front(); carried; carried = carried_.after(*carried))
    if (carried->holds_buffers()) return carried->shed();
}

}  // namespace zest::tunnel
