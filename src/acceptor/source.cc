#include "acceptor/source.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "acceptor/accept_error.h"

namespace zest::acceptor {
namespace {

// Short enough that what waits is served within 100 ms of relief, long enough to cost nothing.
constexpr int64_t back_off_first_ns = 5 * ns_per_ms;
constexpr int64_t back_off_most_ns = 40 * ns_per_ms;
// How often begun handshakes that came to nothing are taken off a socket's load.
constexpr int64_t settle_tick_ns = 200 * ns_per_ms;

}  // namespace

Source::Source(ShardParts& parts, ListeningSocket socket)
    : parts_(parts), socket_(std::move(socket)), back_off_ns_(back_off_first_ns) {
  parts_.counters.live.fetch_add(1);
}

Source::~Source() { ZEST_ASSERT(!accept_.in_flight()); }

void Source::begin() {
  if (state_ != State::idle) return;
  state_ = State::accepting;
  arm();
  if (socket_.steering) parts_.loop.start_timer(timer_, parts_.loop.now_ns() + settle_tick_ns);
}

void Source::arm() {
  if (parts_.one_by_one) {
    parts_.loop.accept_once(accept_, socket_.fd.get());
  } else {
    parts_.loop.accept(accept_, socket_.fd.get());
  }
}

void Source::accepted(io::Completion completion) noexcept {
  if (completion.result >= 0) {
    take(completion.result);
  } else if (completion.result != -ECANCELED) {
    refused(-completion.result);
  }
  if (!completion.more) ended();
}

void Source::take(int fd) {
  errors_in_a_row_ = 0;
  recovered();
  parts_.counters.accepted.add();
  settle(1);
  const Accepted item{.fd = fd, .listener = socket_.index, .at_ns = parts_.loop.now_ns()};
  if (!parts_.queue.push(item)) {
    // Accepting stops at the capacity, and the queue has slots beyond it for what the kernel had
    // accepted by then. Should that not suffice, say so instead of leaking.
    ::close(fd);
    parts_.counters.refused.add();
  }
  if (state_ == State::accepting && parts_.queue.filled() >= parts_.queue_capacity) pause_full();
}

void Source::refused(int os_errno) {
  switch (classify(os_errno)) {
    case AcceptError::transient:
      parts_.counters.transient.add(os_errno);
      if (++errors_in_a_row_ >= errors_in_a_row_max) back_off();
      return;
    case AcceptError::resources:
      if (os_errno == EMFILE || os_errno == ENFILE) return out_of_fds();
      return back_off();
    case AcceptError::fatal:
      // A Unix socket that was shut down may answer EINVAL when it is empty.
      return draining_ || deaf_ ? close() : fail(os_errno);
  }
}

// The accept has had its last completion.
void Source::ended() {
  if (state_ == State::closing) return finish_close();
  if (state_ == State::accepting) arm();
}

void Source::pause_full() {
  state_ = State::full;
  parts_.counters.queue_full_pauses.add();
  parts_.waiting_for_room = true;
  parts_.loop.cancel(accept_);
}

void Source::room() {
  if (state_ == State::full) retry();
}

// One more connection can have the spare's place; the next pauses.
void Source::out_of_fds() {
  if (parts_.spare.give_up()) return;
  back_off();
}

void Source::back_off() {
  if (state_ != State::accepting && state_ != State::backed_off) return;
  if (state_ == State::accepting) parts_.counters.resource_pauses.add();
  if (!short_of_resources_) parts_.counters.short_of_resources.fetch_add(1);
  short_of_resources_ = true;
  state_ = State::backed_off;
  parts_.loop.cancel(accept_);
  parts_.loop.start_timer(timer_, parts_.loop.now_ns() + back_off_ns_);
  back_off_ns_ = std::min(back_off_ns_ * 2, back_off_most_ns);
}

void Source::recovered() {
  if (!short_of_resources_) return;
  parts_.counters.short_of_resources.fetch_sub(1);
  short_of_resources_ = false;
  back_off_ns_ = back_off_first_ns;
}

void Source::retry() {
  state_ = State::accepting;
  if (!accept_.in_flight()) arm();
  // Else it is being cancelled, and ended() arms it anew.
}

void Source::tick() noexcept {
  if (state_ == State::backed_off) {
    if (parts_.spare.acquire()) {
      recovered();
      retry();
    } else {
      back_off();
    }
  }
  if (draining_) return look_whether_drained();
  if (state_ == State::backed_off || state_ == State::closed || !socket_.steering) return;
  if (settled_before_tick_ == 0) socket_.steering->settle_all(socket_.steering_index);
  settled_before_tick_ = 0;
  parts_.loop.start_timer(timer_, parts_.loop.now_ns() + settle_tick_ns);
}

void Source::settle(uint32_t accepted) {
  if (!socket_.steering) return;
  settled_before_tick_ += accepted;
  socket_.steering->settle(socket_.steering_index, accepted);
}

void Source::fail(int os_errno) {
  if (state_ == State::closing || state_ == State::closed) return;
  report_failure(os_errno);
  close();
}

void Source::report_failure(int os_errno) {
  if (state_ == State::closed || std::exchange(reported_, true)) return;
  parts_.queue.push({.fd = -1, .listener = socket_.index, .at_ns = os_errno});
  parts_.counters.failed.fetch_add(1);
}

void Source::close() {
  if (state_ == State::closed) return;
  recovered();
  timer_.stop();
  state_ = State::closing;
  if (accept_.in_flight()) return parts_.loop.cancel(accept_);
  finish_close();
}

void Source::forget() {
  parts_.loop.abandon(accept_);
  ::close(socket_.fd.release());
}

void Source::abandon() {
  parts_.loop.abandon(accept_);
  timer_.stop();
  if (state_ == State::closed) return;
  recovered();
  finish_close();
}

}  // namespace zest::acceptor
