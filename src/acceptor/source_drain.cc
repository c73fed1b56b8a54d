// The end of a listening socket, without losing a connection: hold off new handshakes, wait for
// those that have begun, accept until the kernel's queue is empty, close.
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include "acceptor/accept_error.h"
#include "acceptor/source.h"
#include "acceptor/successor.h"
#include "sys/socket.h"

namespace zest::acceptor {
namespace {

constexpr int64_t drain_tick_ns = 2 * ns_per_ms;
// A handshake that takes longer is a dead client or a flood, and is not waited for. The kernel
// repeats its half of one after a second.
constexpr int64_t handshake_grace_ns = ns_per_s + 200 * ns_per_ms;
// Longer than the kernel takes for one segment.
constexpr useconds_t gap_us = 200;

// The kernel's migration has a gap: a handshake whose last segment is being handled while the
// listener closes finds no queue any more, and is reset (some 3 % of closes under 70,000
// connections a second). So for a moment none is finished; requests that have only begun do
// migrate.
void close_the_gap(int listening_fd) {
  if (net::refuse_completions(listening_fd)) ::usleep(gap_us);
}

}  // namespace

void Source::drain(int64_t deadline_ns) {
  if (state_ == State::closed) return;
  drain_deadline_ns_ = deadline_ns;
  if (!draining_) {
    draining_ = true;
    hold_off();
  }
  if (state_ == State::closing) return;
  if (state_ == State::idle) return close();
  look_whether_drained();
}

void Source::hold_off() {
  if (socket_.steering) socket_.steering->remove(socket_.steering_index);
  // A filter or a shutdown would be felt by whoever else holds an adopted socket.
  if (socket_.adopted) return;
  // Before connects are refused: a successor would take the file for a dead server's.
  remove_path();
  hands_on_ = hands_on_at_close(socket_);
  if (hands_on_) return;
  if (socket_.protocol == net::Protocol::tcp) {
    // Without it (never seen refused) the drain ends when the queue happens to be empty.
    [[maybe_unused]] const auto held_off = net::refuse_handshakes(socket_.fd.get());
  } else {
    // connect() is refused from now on, accept() still gives what waits.
    ::shutdown(socket_.fd.get(), SHUT_RD);
  }
}

// Every tick until there is nothing left, or no time.
void Source::look_whether_drained() {
  const int64_t now_ns = parts_.loop.now_ns();
  const bool late = now_ns >= drain_deadline_ns_;
  if (late || drained()) return close();
  parts_.loop.start_timer(timer_, std::min(drain_deadline_ns_, now_ns + drain_tick_ns));
}

bool Source::drained() {
  if (hands_on_) return true;
  if (state_ != State::accepting) return false;
  if (socket_.protocol != net::Protocol::tcp) return accept_rest();
  // A SYN that passed just before they were held off counts as begun a moment later.
  if (!settled(parts_.loop.now_ns())) return false;
  return kernel_queue().depth == 0 && !handshakes_pending();
}

bool Source::settled(int64_t now_ns) const {
  return parts_.held_off_ns != never_ns && now_ns - parts_.held_off_ns >= drain_tick_ns;
}

bool Source::handshakes_pending() {
  if (socket_.protocol != net::Protocol::tcp || socket_.adopted) return false;
  if (parts_.loop.now_ns() - parts_.held_off_ns > handshake_grace_ns) return false;
  return parts_.handshakes.begun(socket_.address, parts_.loop.now_ns());
}

void Source::finish_close() {
  if (hands_on_ && !deaf_) close_the_gap(socket_.fd.get());
  if (draining_) accept_rest();  // what slipped in between the last look and now
  hush();
  remove_path();
  state_ = State::closed;
  {
    const std::lock_guard lock(fd_mutex_);
    // A loop that has failed shuts down what it closes, and others may listen on an adopted socket.
    if (socket_.adopted && parts_.loop.failed()) socket_.fd.reset();
    parts_.loop.close(std::move(socket_.fd));
  }
  parts_.counters.live.fetch_sub(1);
}

void Source::remove_path() {
  const std::lock_guard lock(fd_mutex_);
  socket_.path.remove();
}

// The loop's own thread has seen to it before whether what waits goes on to others.
void Source::hush() {
  const std::lock_guard lock(fd_mutex_);
  if (!socket_.adopted && !deaf_.exchange(true)) cut_off(hands_on_);
}

void Source::deafen() {
  const std::lock_guard lock(fd_mutex_);
  if (socket_.adopted || !socket_.fd.valid() || deaf_.exchange(true)) return;
  const bool hands_on = hands_on_at_close(socket_);
  if (hands_on) close_the_gap(socket_.fd.get());
  cut_off(hands_on);
}

// With the mutex. By shutdown(2), and not by the close alone: a ring lets go of the socket only
// some time after it is closed, and a forked child may keep a copy of it. What waits migrates all
// the same. Else it is reset; a Unix socket does not tell how many wait: they are counted.
void Source::cut_off(bool hands_on) {
  const bool tcp = socket_.protocol == net::Protocol::tcp;
  const auto waiting = sys::accept_queue(socket_.fd.get());
  ::shutdown(socket_.fd.get(), SHUT_RDWR);
  if (hands_on) return;
  const uint32_t left = tcp ? waiting.value_or(sys::AcceptQueue{}).depth : close_waiting();
  parts_.counters.left_in_kernel.add_shared(left);
}

void Source::salvage(int64_t deadline_ns) {
  if (state_ == State::closed) return;
  const int64_t now_ns = parts_.loop.now_ns();
  if (!salvaged_) begin_salvage();
  const bool empty = accept_rest();
  const bool drained = hands_on_ || (empty && settled(now_ns) && !handshakes_pending());
  if (drained || now_ns >= deadline_ns) finish_close();
}

void Source::begin_salvage() {
  salvaged_ = true;
  parts_.loop.abandon(accept_);
  timer_.stop();
  recovered();
  state_ = State::closing;
  if (std::exchange(draining_, true)) return;
  hold_off();
}

sys::AcceptQueue Source::kernel_queue() {
  const std::lock_guard lock(fd_mutex_);
  if (socket_.protocol != net::Protocol::tcp || !socket_.fd.valid()) return {};
  return sys::accept_queue(socket_.fd.get()).value_or(sys::AcceptQueue{});
}

namespace {

bool nobody_waits(int accepted) { return accepted == -EAGAIN || accepted == -EINVAL; }

}  // namespace

// True if nobody waits any more.
bool Source::accept_rest() {
  while (parts_.queue.filled() < parts_.queue_capacity) {
    const int fd = sys::accept(socket_.fd.get());
    if (nobody_waits(fd)) return true;
    if (fd >= 0) {
      take(fd);
    } else if (classify(-fd) == AcceptError::transient) {
      parts_.counters.transient.add(-fd);
      if (++errors_in_a_row_ >= errors_in_a_row_max) return false;
    } else {
      return false;
    }
  }
  return false;
}

// How many there were.
uint32_t Source::close_waiting() {
  for (uint32_t left = 0;; ++left) {
    const int fd = sys::accept(socket_.fd.get());
    if (nobody_waits(fd)) return left;
    if (fd < 0) return left + 1;  // out of fds: at least one
    ::close(fd);
  }
}

}  // namespace zest::acceptor
