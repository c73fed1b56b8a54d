#include "proxy/hook_queue.h"

#include <new>

namespace zest::proxy {
namespace {

constexpr uint64_t number_of(uint32_t generation, size_t index) {
  return uint64_t{generation} << 32 | index;
}

}  // namespace

HookTicket* HookQueue::open(size_t most) {
  const std::lock_guard lock(mutex_);
  if (used_ >= most) return nullptr;
  HookTicket* ticket = free_.pop_front();
  if (!ticket) ticket = grow();
  if (!ticket) return nullptr;
  ++used_;
  ticket->state_ = HookTicket::State::open;
  return ticket;
}

HookTicket* HookQueue::grow() {
  try {
    tickets_.push_back(std::make_unique<HookTicket>());
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
  tickets_.back()->generation_ = 1;
  tickets_.back()->id = number_of(1, tickets_.size() - 1);
  return tickets_.back().get();
}

// The callback has the ticket as if it had been taken.
void HookQueue::put(HookTicket& ticket, HookInbox& inbox, HookWaiter waiter) {
  {
    const std::lock_guard lock(mutex_);
    ticket.inbox_ = &inbox;
    ticket.waiter_ = waiter;
    const bool asked = callback_ && ticket.kind == HookKind::request;
    if (!asked) return enqueue(ticket);
    ticket.state_ = HookTicket::State::taken;
  }
  const HookVerdict verdict = callback_(ticket);
  if (verdict == HookVerdict::later) return;
  const std::lock_guard lock(mutex_);
  if (ticket.state_ != HookTicket::State::taken) return;  // decided within the call
  if (verdict == HookVerdict::queue) return enqueue(ticket);
  ticket.decision.what = HookDecision::What::pass;
  ticket.decision.upstream = ticket.default_upstream;
  ticket.state_ = HookTicket::State::decided;
}

void HookQueue::enqueue(HookTicket& ticket) {
  ticket.state_ = HookTicket::State::queued;
  queued_.push_back(ticket);
  if (takers_ > 0) changed_.notify_one();
  if (!armed_) return;
  armed_ = false;
  notifier_->signal();
}

bool HookQueue::decided(const HookTicket& ticket) const {
  const std::lock_guard lock(mutex_);
  return ticket.state_ == HookTicket::State::decided;
}

// What a host has lent for an answer is given back when nothing is locked: that calls him.
Fd HookQueue::finish(HookTicket& ticket) {
  HookDecision over;
  const std::lock_guard lock(mutex_);
  if (ticket.state_ == HookTicket::State::decided) over = std::move(ticket.decision);
  Fd fd = std::move(ticket.fd);
  ticket.unlink();
  if (ticket.state_ != HookTicket::State::taken) {
    release(ticket);
    return fd;
  }
  ticket.state_ = HookTicket::State::abandoned;
  ticket.groups = nullptr;
  ticket.withheld = nullptr;
  ticket.inbox_ = nullptr;
  return fd;
}

void HookQueue::release(HookTicket& ticket) {
  ticket.clear();
  ticket.state_ = HookTicket::State::free;
  ticket.id = number_of(++ticket.generation_, static_cast<uint32_t>(ticket.id));
  free_.push_front(ticket);
  --used_;
}

HookWaiter HookQueue::next_decided(HookInbox& inbox) {
  const std::lock_guard lock(mutex_);
  const HookTicket* ticket = inbox.decided.pop_front();
  return ticket ? ticket->waiter_ : HookWaiter{};
}

void HookQueue::worker_began() {
  const std::lock_guard lock(mutex_);
  ++workers_;
}

void HookQueue::worker_ended() {
  const std::lock_guard lock(mutex_);
  if (--workers_ > 0) return;
  closed_ = true;
  changed_.notify_all();
  if (notifier_) notifier_->signal();
}

uint64_t HookQueue::waiting() const {
  const std::lock_guard lock(mutex_);
  return used_;
}

}  // namespace zest::proxy
