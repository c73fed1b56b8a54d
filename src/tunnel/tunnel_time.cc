// When a tunnel has had its time. The timer is not moved by what passes: when it fires it looks how
// long ago that was.
#include <algorithm>

#include "tunnel/tunnel.h"

namespace zest::tunnel {
namespace {

int64_t deadline_of(int64_t from_ns, uint32_t timeout_ms) {
  return timeout_ms == 0 ? never_ns : deadline_after_ms(from_ns, timeout_ms);
}

// 1 to 32 ms.
constexpr uint8_t retries_most = 5;

}  // namespace

void Tunnel::begin_time(const Limits& limits) {
  touch();
  idle_timeout_ms_ = limits.idle_timeout_ms;
  end_timeout_ms_ = limits.end_timeout_ms;
  deadline_ns_ = deadline_of(active_ns_, limits.total_timeout_ms);
  watch_time();
}

int64_t Tunnel::quiet_deadline() const {
  const int64_t idle_ns = deadline_of(active_ns_, idle_timeout_ms_);
  return half_closed() ? std::min(idle_ns, deadline_of(active_ns_, end_timeout_ms_)) : idle_ns;
}

// What the kernel has passed counts from when it is seen: also at half of the time.
int64_t Tunnel::look_at() const {
  const int64_t quiet_ns = quiet_deadline();
  if (!has_flows() || quiet_ns == never_ns) return quiet_ns;
  const int64_t half_ns = active_ns_ + (quiet_ns - active_ns_) / 2;
  return engines_.loop().now_ns() < half_ns ? half_ns : quiet_ns;
}

void Tunnel::watch_time() {
  const int64_t now_ns = engines_.loop().now_ns();
  int64_t next_ns = std::min(deadline_ns_, look_at());
  if (retrying_) next_ns = std::min(next_ns, now_ns + (ns_per_ms << retries_));
  if (next_ns != never_ns) engines_.loop().start_timer(timer_, next_ns);
}

// Nobody tells when the kernel has written the last of what it was to redirect.
void Tunnel::wait_for_order() {
  if (retrying_) return;
  retrying_ = true;
  retries_ = std::min<uint8_t>(retries_ + 1, retries_most);
  watch_time();
}

// For the last time that is waited for order: a busy loop needs some to turn twice.
void Tunnel::wait_for_joining() {
  retrying_ = true;
  retries_ = retries_most;
  watch_time();
}

void Tunnel::time_passed() noexcept {
  const int64_t now_ns = engines_.loop().now_ns();
  look_for_gone();
  note_kernel_activity();
  if (stage_ == Stage::open && now_ns >= deadline_ns_)
    finish(draining_ ? End::end_timeout : End::total_timeout, ETIMEDOUT);
  if (stage_ == Stage::open && now_ns >= quiet_deadline())
    finish(half_closed() ? End::end_timeout : End::idle_timeout, ETIMEDOUT);
  if (retrying_) {
    retrying_ = false;
    stop_joining();
    try_again(0);
    try_again(1);
    if (!retrying_) retries_ = 0;
  }
  if (stage_ == Stage::open) return watch_time();
  settle();
}

void Tunnel::try_again(size_t way) {
  if (!ways_[way].ended && ended_early(way)) sides_[way].hear_again();
  step(way);
}

void Tunnel::drain() {
  if (stage_ != Stage::open || end_timeout_ms_ == 0) return;
  const int64_t end_ns = deadline_of(engines_.loop().now_ns(), end_timeout_ms_);
  if (end_ns >= deadline_ns_) return;
  deadline_ns_ = end_ns;
  draining_ = true;
  watch_time();
}

}  // namespace zest::tunnel
