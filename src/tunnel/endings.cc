#include "tunnel/endings.h"

#include <chrono>

namespace zest::tunnel {

// One after the other, however many there are.
Endings::~Endings() {
  while (first_) first_ = std::move(first_->next);
}

void Endings::put(std::unique_ptr<EndingNode> node) {
  const std::lock_guard lock(mutex_);
  EndingNode* const last = node.get();
  (first_ ? last_->next : first_) = std::move(node);
  last_ = last;
  if (++waiting_ == 1 && !closed_) notifier_.signal();
  changed_.notify_one();
}

void Endings::close() {
  const std::lock_guard lock(mutex_);
  if (!closed_ && waiting_ == 0) notifier_.signal();
  closed_ = true;
  changed_.notify_all();
}

Status Endings::take(std::span<Ending> into, size_t& count, int64_t timeout_ms) {
  const auto began = std::chrono::steady_clock::now();
  const auto ready = [this] { return closed_ || waiting_ > 0; };
  std::unique_lock lock(mutex_);
  if (timeout_ms < 0) {
    changed_.wait(lock, ready);
  } else {
    changed_.wait_until(lock, began + std::chrono::milliseconds(timeout_ms), ready);
  }
  count = take_now(into);
  const bool closed = closed_;
  if (count > 0) return Status::ok;
  return closed ? Status::closed : Status::timed_out;
}

size_t Endings::take_now(std::span<Ending> into) {
  size_t count = 0;
  while (count < into.size() && waiting_ > 0) {
    into[count++] = first_->value;
    first_ = std::move(first_->next);
    --waiting_;
  }
  if (count > 0 && waiting_ == 0 && !closed_) notifier_.clear();
  return count;
}

size_t Endings::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_;
}

}  // namespace zest::tunnel
