#include "tunnel/tunnel.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "sys/fault.h"
#include "sys/tcp.h"
#include "tunnel/sender.h"
#include "tunnel/splicer.h"
#include "tunnel/thresholds.h"

namespace zest::tunnel {
namespace {

int shut_sending(int fd) {
  if (const int error = sys::fault::at("shutdown", ENOTCONN)) return error;
  return ::shutdown(fd, SHUT_WR) == 0 ? 0 : errno;
}

// Urgent data is data: else it would be missing in the kernel's counts, and for who hears it.
void hear_urgent(int fd) {
  const int one = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_OOBINLINE, &one, sizeof one);
}

// What has arrived there and nobody has taken.
bool waits_unread(int fd) { return sys::tcp_unread(fd).value_or(0) > 0; }

}  // namespace

const char* words(End end) {
  switch (end) {
    case End::done: return "done";
    case End::a_broken: return "a broken";
    case End::b_broken: return "b broken";
    case End::idle_timeout: return "idle timeout";
    case End::total_timeout: return "total timeout";
    case End::end_timeout: return "end timeout";
    case End::cancelled: return "cancelled";
    case End::no_memory: return "no memory";
    case End::mismatch: return "byte counts differ";
  }
  return "";
}

Tunnel::Tunnel(Engines& engines, Fd a, Fd b, EngineChoice choice)
    : engines_(engines),
      sides_{net::Stream{engines.loop(), std::move(a)}, net::Stream{engines.loop(), std::move(b)}},
      choice_(choice) {}

Tunnel::~Tunnel() { ZEST_ASSERT(stage_ == Stage::idle || stage_ == Stage::over); }

void Tunnel::start(const Limits& limits, void* owner, Handler handler) {
  ZEST_ASSERT(stage_ == Stage::idle);
  owner_ = owner;
  handler_ = handler;
  stage_ = Stage::open;
  ++engines_.counters_.tunnels;
  begin_time(limits);
  sides_[0].on_event(this, stream_event<0>);
  sides_[1].on_event(this, stream_event<1>);
  for (net::Stream& side : sides_) {
    sys::tcp_limit_unsent(side.fd(), unsent_max);
    hear_urgent(side.fd());
    if (!side.busy()) side.release();
  }
  event_of(0);
  event_of(1);
  steer();
  settle_soon();
}

template <size_t side>
void Tunnel::stream_event(void* tunnel) noexcept {
  auto* self = static_cast<Tunnel*>(tunnel);
  self->event_of(side);
  self->settle();
}

// Something has come from this side, or it has ended, or broken.
void Tunnel::event_of(size_t side) {
  if (stage_ != Stage::open) return;
  if (!sides_[side].input().empty() || sides_[side].finished()) touch();
  step(side);
  if (stage_ == Stage::open && sides_[side].error()) break_off(1 - side, sides_[side].error());
}

void Tunnel::step(size_t way) {
  net::Stream& from = sides_[way];
  Way& of = ways_[way];
  if (stage_ != Stage::open || of.ended || of.error) return;
  if (of.sender) return stop_for_room(way);
  if (of.passing == Passing::spliced) return splice(way);
  if (of.passing == Passing::asleep) return from.watching() ? void() : wake(way);
  if (!from.input().empty() || from.finished()) return pass_on(way);
  if (from.busy()) return;
  if (of.passing == Passing::turning) return begin_splice(way);
  if (of.passing == Passing::dozing) return fall_asleep(way);
  go_on_joining();
}

void Tunnel::pass_on(size_t way) {
  const net::Stream& from = sides_[way];
  if (!may_pass_joining(way)) stop_joining();
  if (!ordered(way)) return gone(way) ? break_off(way, ECONNRESET) : wait_for_order();
  if (!from.input().empty()) return send(way);
  if (ended_early(way)) return wait_for_order();
  source_over(way, from.error());
}

void Tunnel::count(size_t way, size_t passed) {
  bytes_[way] += passed;
  if (bytes_[way] >= fixed_after) fix_received(way);
}

// The more is read of a socket, the more the system lets it hold.
void Tunnel::fix_received(size_t way) {
  if (ways_[way].fixed) return;
  ways_[way].fixed = true;
  sys::tcp_fix_received(sides_[way].fd(), unread_max);
}

// It says no more. What another's reset had broken has not ended well.
void Tunnel::source_over(size_t way, int error) {
  if (!error) error = ways_[1 - way].error;
  if (error) return finish(broken(way), error);
  pass_end(way);
}

// A reset shows here first, and what was said before it may still be there to be read.
void Tunnel::sending_failed(size_t way, int error) {
  if (error == EPIPE || error == ECONNRESET) return break_off(way, error);
  finish(broken(1 - way), error);
}

// Nothing more can go there. What had come from there is still passed on.
void Tunnel::break_off(size_t way, int error) {
  const size_t there = 1 - way;
  ways_[way].error = static_cast<int16_t>(error);
  stop_sending(way);
  stop_joining();
  if (ways_[there].ended) return finish(broken(there), error);
  step(there);
}

void Tunnel::pass_end(size_t way) {
  net::Stream& to = sides_[1 - way];
  if (!accounted(way)) return mismatch("bytes received");
  stop_joining();
  to.say_end();
  if (const int error = shut_sending(to.fd())) return break_off(way, error);
  ways_[way].ended = true;
  if (ways_[1 - way].ended) return finish(End::done);
  watch_time();
}

void Tunnel::finish(End end, int error) {
  if (stage_ != Stage::open) return;
  stage_ = Stage::ending;
  end_ = end;
  error_ = static_cast<int16_t>(error);
  timer_.stop();
  for (const size_t side : {0u, 1u}) must_cut(side) ? cut(side) : limit_rest(side);
  stop_sending(0);
  stop_sending(1);
}

void Tunnel::stop_sending(size_t way) {
  Way& of = ways_[way];
  if (of.sender) of.sender->cancel();
  if (!of.splicer) return;
  if (of.splicer->waiting()) return of.splicer->cancel(engines_.loop());
  give_back_splicer(way);
}

// Whether this side has to see that the other has not heard it, or that it has not been told all.
bool Tunnel::must_cut(size_t side) const {
  const size_t way = 1 - side;
  if (end_ == End::done) return false;
  if (engines_.loop().failed()) return true;  // what a lost ring had taken, nobody has seen
  if (end_ == broken(way) || end_ == End::mismatch || unread(side)) return true;
  if (cut_short() && !ways_[way].ended) return true;
  if (ways_[side].lent() || !sides_[side].input().empty()) return true;
  if (ways_[way].lent() || unwritten(way)) return true;
  return !ways_[way].ended && (!sides_[way].input().empty() || waits_unread(sides_[way].fd()));
}

// Not for want of anything to say: more may have been to come.
bool Tunnel::cut_short() const {
  if (end_ == End::end_timeout) return draining_;
  return end_ == End::total_timeout || end_ == End::cancelled || end_ == End::no_memory;
}

void Tunnel::cut(size_t side) {
  const ::linger hard{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(sides_[side].fd(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
}

// A peer that never reads must not keep what is left for ever.
void Tunnel::limit_rest(size_t side) {
  if (end_timeout_ms_ > 0) sys::tcp_limit_rest(sides_[side].fd(), end_timeout_ms_);
}

// The last thing that an event does.
void Tunnel::settle() {
  if (stage_ == Stage::ending && !ways_[0].lent() && !ways_[1].lent()) close();
  if (stage_ != Stage::closing || sides_[0].busy() || sides_[1].busy()) return;
  stage_ = Stage::over;
  if (handler_) handler_(owner_);
}

// What the kernel still holds of the streams must end first.
void Tunnel::close() {
  stage_ = Stage::closing;
  if (joint_ == Joint::joining) end_joining();
  if (has_flows()) part();
  timer_.stop();
  for (net::Stream& side : sides_) side.cancel();
}

// Where the owner is on the stack: it is told by the timer.
void Tunnel::settle_soon() {
  if (stage_ == Stage::ending) engines_.loop().start_timer(timer_, engines_.loop().now_ns());
}

void Tunnel::cancel() {
  finish(End::cancelled, ECANCELED);
  settle_soon();
}

}  // namespace zest::tunnel
