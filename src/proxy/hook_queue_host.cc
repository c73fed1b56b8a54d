// The host's side of the queue.
#include <algorithm>
#include <chrono>

#include "proxy/hook_changes.h"
#include "proxy/hook_queue.h"

namespace zest::proxy {

Result<int> HookQueue::fd() {
  const std::lock_guard lock(mutex_);
  if (notifier_) return notifier_->fd();
  auto notifier = sys::Notifier::open(kind_);
  if (!notifier) return fail(notifier.error());
  notifier_.emplace(std::move(*notifier));
  armed_ = queued_.empty() && !closed_;
  if (!armed_) notifier_->signal();
  return notifier_->fd();
}

Result<HookQueue::Taken> HookQueue::take(int64_t timeout_ms) {
  std::unique_lock lock(mutex_);
  const auto there = [this] { return !queued_.empty() || closed_; };
  ++takers_;
  if (timeout_ms < 0) {
    changed_.wait(lock, there);
  } else if (timeout_ms > 0) {
    changed_.wait_for(lock, std::chrono::milliseconds(timeout_ms), there);
  }
  --takers_;
  if (HookTicket* ticket = queued_.pop_front()) return hand_out(*ticket);
  if (closed_) return fail(Status::closed, "the proxy has ended");
  none_left();
  return fail(Status::timed_out, "no request waits");
}

void HookQueue::none_left() {
  if (!notifier_ || armed_) return;
  notifier_->clear();
  armed_ = true;
}

// A connection needs no decision.
HookQueue::Taken HookQueue::hand_out(HookTicket& ticket) {
  ticket.state_ = HookTicket::State::taken;
  if (ticket.kind == HookKind::request)
    return {.request = &ticket, .fd = {}, .protocol = {}, .client = {}, .listener_id = -1};
  Taken taken{.request = nullptr,
              .fd = std::move(ticket.fd),
              .protocol = ticket.name,
              .client = ticket.client,
              .listener_id = ticket.listener_id};
  notify(ticket);
  return taken;
}

// One that the host has, whether somebody still waits for it or not.
Result<HookTicket*> HookQueue::find(uint64_t id) const {
  const auto index = static_cast<uint32_t>(id);
  HookTicket* ticket = index < tickets_.size() ? tickets_[index].get() : nullptr;
  const bool his = ticket && ticket->id == id && ticket->kind == HookKind::request &&
                   (ticket->state_ == HookTicket::State::taken ||
                    ticket->state_ == HookTicket::State::abandoned);
  if (!his) return fail(Status::invalid_argument, "no request with that number is to be decided");
  return ticket;
}

Result<HookTicket*> HookQueue::find_waiting(uint64_t id) {
  const auto ticket = find(id);
  if (!ticket || (*ticket)->state_ == HookTicket::State::taken) return ticket;
  release(**ticket);
  return fail(Status::closed, "the request has ended meanwhile");
}

void HookQueue::notify(HookTicket& ticket) {
  HookInbox& inbox = *ticket.inbox_;
  ticket.state_ = HookTicket::State::decided;
  inbox.decided.push_back(ticket);
  inbox.loop->post(inbox.work);
}

Result<void> HookQueue::check(uint64_t id) {
  const std::lock_guard lock(mutex_);
  if (const auto ticket = find_waiting(id); !ticket) return fail(ticket.error());
  return {};
}

Result<void> HookQueue::answer(uint64_t id, HookDecision& decision) {
  const std::lock_guard lock(mutex_);
  const auto ticket = find_waiting(id);
  if (!ticket) return fail(ticket.error());
  (*ticket)->decision = std::move(decision);
  notify(**ticket);
  return {};
}

Result<void> HookQueue::pass(uint64_t id, std::unique_ptr<HookChanges> changes) {
  const std::lock_guard lock(mutex_);
  const auto ticket = find_waiting(id);
  if (!ticket) return fail(ticket.error());
  return pass_to(**ticket, (*ticket)->default_upstream, std::move(changes));
}

Result<void> HookQueue::route(uint64_t id, std::string_view upstream,
                              std::unique_ptr<HookChanges> changes) {
  const std::lock_guard lock(mutex_);
  const auto ticket = find_waiting(id);
  if (!ticket) return fail(ticket.error());
  const auto& groups = *(*ticket)->groups;
  const auto found = std::ranges::find(groups, upstream, &upstream::GroupConfig::name);
  const bool known = found != groups.end();
  return pass_to(**ticket, known ? static_cast<size_t>(found - groups.begin()) : no_upstream,
                 std::move(changes));
}

Result<void> HookQueue::pass_to(HookTicket& ticket, size_t upstream,
                                std::unique_ptr<HookChanges> changes) {
  if (upstream == no_upstream)
    return fail(Status::invalid_argument, "there is no such upstream to pass it on to");
  if (changes)
    if (auto allowed = withhold_from(changes->request, *ticket.withheld); !allowed) return allowed;
  ticket.decision.what = HookDecision::What::pass;
  ticket.decision.upstream = upstream;
  ticket.decision.changes = std::move(changes);
  notify(ticket);
  return {};
}

}  // namespace zest::proxy
