// How the program in the kernel is heard by the tunnels of a loop.
#include <poll.h>

#include <algorithm>
#include <atomic>

#include "bpf/handover.h"
#include "tunnel/engines.h"
#include "tunnel/sockmap.h"
#include "tunnel/tunnel.h"

namespace zest::tunnel {

bool Engines::has_sockmap() const { return sockmap_ && sockmap_->usable(); }

bool Engines::may_join() {
  if (!has_sockmap() || stopped_ || joined_now_ == limits_.joined) return false;
  return bell_ || make_bell();
}

// They are held while they join; those that are not let others' bytes pass meanwhile.
bool Engines::joins_crowded() {
  if (joining_now_ < limits_.joining) return false;
  ++counters_.joins_put_off;
  return true;
}

void Engines::begin_join() {
  counters_.joining_most = std::max(counters_.joining_most, ++joining_now_);
}

bool Engines::make_bell() {
  auto made = sockmap_->hand_over().make_bell();
  if (!made) {
    sockmap_ = nullptr;  // not for this loop
    return false;
  }
  bell_.emplace(std::move(*made));
  by_pair_.resize(ZEST_FLOWS_MAX / 2);
  loop_.poll(bell_op_, bell_->doorbell.fd(), POLLIN);
  return true;
}

std::optional<uint32_t> Engines::take_pair(Tunnel& tunnel) {
  const std::optional<uint32_t> pair = sockmap_->hand_over().take_pair();
  if (!pair) return {};
  by_pair_[*pair] = &tunnel;
  ++joined_now_;
  return pair;
}

void Engines::give_back_pair(uint32_t pair) {
  by_pair_[pair] = nullptr;
  --joined_now_;
  sockmap_->hand_over().give_back_pair(pair);
}

// A tunnel that is woken may end, and whoever owns it may do what he likes.
void Engines::rang(io::Completion completion) noexcept {
  if (stopped_) return;
  while (const std::optional<uint32_t> flow = bell_->doorbell.next()) {
    if (*flow >= ZEST_FLOWS_MAX) continue;
    std::atomic_ref(sockmap_->hand_over().flow(*flow).told).exchange(0);
    Tunnel* tunnel = by_pair_[*flow / 2];
    if (!tunnel) continue;
    tunnel->rang(*flow % 2);
    tunnel->settle();
  }
  (void)completion;
  if (!stopped_) loop_.poll(bell_op_, bell_->doorbell.fd(), POLLIN);
}

void Engines::stop() {
  stopped_ = true;
  if (bell_op_.in_flight()) loop_.cancel(bell_op_);
}

}  // namespace zest::tunnel
