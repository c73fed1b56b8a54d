#include "io/loop.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>

#include "sys/fault.h"

namespace zest::io {
namespace {

// Of a program of its own. Not abort(): nothing of ours is broken, and there is nothing to see in a
// core.
[[noreturn]] void end_process(int os_errno) {
  fprintf(stderr, "zest: %s; completions are lost, so the process ends\n",
          fail_errno(os_errno, "io_uring_enter").error().message.c_str());
  ::_exit(EXIT_FAILURE);
}

}  // namespace

Loop::Loop(std::unique_ptr<Backend> backend, std::unique_ptr<BufferPool> pool,
           sys::Notifier notifier, const Clock& clock)
    : pool_(std::move(pool)),
      backend_(std::move(backend)),
      notifier_(std::move(notifier)),
      clock_(clock),
      now_ns_(clock.now_ns()),
      timers_(now_ns_) {
  if (pool_) pool_->on_refill(*this, refilled);
}

// The only op of its own is the wake-up; whoever else started one has ended it by now.
Loop::~Loop() {
  abandon(wake_op_);
  backend_.reset();
  ZEST_ASSERT(in_flight_ == 0);
}

Result<void> Loop::attach() {
  if (Result<void> attached = backend_->attach(); !attached) return attached;
  poll_repeat(wake_op_, notifier_.fd(), POLLIN);
  return {};
}

size_t Loop::turn(int64_t until_ns) {
  ++counters_.turns;
  if (watch_) watch_->before_turn(*backend_);
  if (refilled_) restart_starved();
  const size_t count = deliver_completed(until_ns) + deliver_held();
  timers_.advance(now_ns_);
  if (watch_) {
    const bool again = !held_.empty() || refilled_ || backend_->unfinished();
    watch_->after_turn(timers_.next_ns(), again);
  }
  return count;
}

size_t Loop::deliver_completed(int64_t until_ns) {
  std::array<Event, batch_max> events;
  if (backend_->failed()) wait_for_posted(backend_->unfinished() ? now_ns_ : until_ns);
  const size_t count = backend_->wait(events, wait_limit_ns(until_ns));
  if (const int error = backend_->failed(); error && !may_fail_) end_process(error);
  now_ns_ = clock_.now_ns();
  // Everything was copied before the first handler runs: one repeating op can be in a batch many
  // times, and handlers start and cancel others.
  for (const Event& event : std::span(events).first(count)) deliver(event);
  return count;
}

void Loop::wait_for_posted(int64_t until_ns) {
  const int64_t limit_ns = wait_limit_ns(until_ns);
  constexpr int64_t most_ms = INT_MAX;
  const int64_t limit_ms = limit_ns == never_ns ? -1 : std::min(limit_ns / ns_per_ms, most_ms);
  pollfd posted{.fd = notifier_.fd(), .events = POLLIN, .revents = 0};
  if (::poll(&posted, 1, static_cast<int>(limit_ms)) <= 0) return;
  notifier_.clear();
  run_posted();
}

int64_t Loop::wait_limit_ns(int64_t until_ns) {
  if (!held_.empty() || refilled_) return 0;
  const int64_t wake_ns = std::min(until_ns, timers_.next_ns());
  if (wake_ns == never_ns) return never_ns;
  return std::max<int64_t>(wake_ns - clock_.now_ns(), 0);
}

void Loop::run() {
  while (!stopping_.load(std::memory_order_acquire)) turn(never_ns);
}

void Loop::stop() {
  stopping_.store(true, std::memory_order_release);
  notifier_.signal();
}

void Loop::collect() {
  std::array<Event, batch_max> events;
  size_t count = 0;
  do {
    count = backend_->collect(events);
    for (const Event& event : std::span(events).first(count)) deliver(event);
    // What is begun again with a failed ring ends at once, again and again.
  } while (count == events.size() || (count > 0 && !failed()));
}

void Loop::close_copies() {
  ::close(notifier_.fd());
  if (watch_) watch_->close_copies();
  backend_->close_copies();
}

void Loop::abandon(Op& op) {
  if (!op.in_flight_) return;
  op.unlink();
  if (!op.held_by_loop_) backend_->abandon(op);
  op.in_flight_ = false;
  --in_flight_;
}

void Loop::deliver(const Event& event) {
  Op& op = *event.op;
  ZEST_ASSERT(op.in_flight_);
  // It may be on a list of the backend's: an earlier handler of this batch has cancelled it.
  if (!event.more) op.unlink();
  Completion completion{.result = event.result, .more = true};
  if (event.has_buffer) {
    const auto size = static_cast<uint32_t>(std::max(event.result, 0));
    completion.buffer = pool_->hand_out(event.buffer_id, size);
  }
  switch (event.more ? Next::more : next(op, event)) {
    case Next::silent: return;
    case Next::more: return op.handler_(op.owner_, std::move(completion));
    case Next::end: completion.more = false; return finish(op, std::move(completion));
  }
}

// The kernel has ended it. Is that its end?
Loop::Next Loop::next(Op& op, const Event& event) {
  if (op.cancelling_) return Next::end;
  if (event.result == -EINTR) return restart(op, Next::silent);
  const Kind kind = op.request_.kind;
  if (event.result == -ENOBUFS && kind == Kind::recv_pooled) return starve(op);
  if (!op.request_.repeat) return Next::end;
  if (event.result == -EINVAL && op.request_.multishot) return step_down(op);
  const bool succeeded = kind == Kind::accept ? event.result >= 0 : event.result > 0;
  if (!succeeded) return Next::end;
  if (!op.request_.multishot) refuse_multishot(kind);
  return restart(op, Next::more);
}

Loop::Next Loop::restart(Op& op, Next after) {
  if (after == Next::more && op.request_.multishot) ++counters_.rearmed;
  begin(op);
  return after;
}

// Either this kernel has no multishot form of it, or the error is the fd's own: the plain form
// tells.
Loop::Next Loop::step_down(Op& op) {
  op.request_.multishot = false;
  backend_->start(op);
  return Next::silent;
}

// What works in its plain form alone is armed anew after each completion from now on.
void Loop::refuse_multishot(Kind kind) {
  if (refused_multishot_ & bit(kind)) return;
  refused_multishot_ |= bit(kind);
  ++counters_.stepped_down;
}

Loop::Next Loop::starve(Op& op) {
  ++counters_.starved;
  if (pool_->available() > 0) return restart(op, Next::silent);
  op.held_by_loop_ = true;
  starved_.push_back(op);
  return Next::silent;
}

void Loop::refilled(Loop& loop) { loop.refilled_ = true; }

void Loop::restart_starved() {
  refilled_ = false;
  List<Op> waiting;
  starved_.move_to(waiting);
  while (Op* op = waiting.pop_front()) {
    op->held_by_loop_ = false;
    restart(*op, Next::silent);
  }
}

void Loop::hold(Op& op, int32_t result) {
  op.held_by_loop_ = true;
  op.held_result_ = result;
  held_.push_back(op);
}

// Those that a handler holds meanwhile wait for the next turn.
size_t Loop::deliver_held() {
  List<Op> due;
  held_.move_to(due);
  size_t count = 0;
  while (Op* op = due.pop_front()) {
    op->held_by_loop_ = false;
    deliver({.op = op, .result = op->held_result_});
    ++count;
  }
  return count;
}

void Loop::finish(Op& op, Completion completion) {
  op.in_flight_ = false;
  --in_flight_;
  op.handler_(op.owner_, std::move(completion));  // may free op
}

// A stack that any thread pushes to and the loop takes whole; the first on it rings.
void Loop::post(Work& work) {
  if (work.posted.exchange(true, std::memory_order_acq_rel)) return;
  Work* top = posted_.load(std::memory_order_relaxed);
  do {
    work.next = top;
  } while (!posted_.compare_exchange_weak(top, &work, std::memory_order_release,
                                          std::memory_order_relaxed));
  if (!top) notifier_.signal();
}

void Loop::woken(Completion completion) noexcept {
  notifier_.clear();
  // A failed loop looks for itself, and would only be told again that this has ended.
  if (!completion.more && !failed()) poll_repeat(wake_op_, notifier_.fd(), POLLIN);
  run_posted();
}

void Loop::run_posted() {
  Work* newest = posted_.exchange(nullptr, std::memory_order_acquire);
  Work* oldest = nullptr;
  while (newest) {
    Work* work = std::exchange(newest, newest->next);
    work->next = std::exchange(oldest, work);
  }
  while (oldest) {
    Work* work = std::exchange(oldest, oldest->next);
    work->posted.exchange(false, std::memory_order_acq_rel);
    work->run(work->owner);  // may free work
  }
}

}  // namespace zest::io
