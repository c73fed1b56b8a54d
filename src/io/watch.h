// An fd for loops other than ours, readable while a turn would not wait: an epoll set around all
// that can end a wait, namely completions, the next timer, and what other threads post.
#pragma once

#include <atomic>

#include "base/clock.h"
#include "base/fd.h"
#include "io/backend.h"
#include "sys/alarm.h"
#include "sys/notifier.h"

namespace zest::io {

class Watch {
 public:
  // The notifier is the loop's own.
  static Result<std::unique_ptr<Watch>> create(const sys::Notifier& notifier);

  // Any thread. Before anybody has asked, the loop's turns cost nothing more.
  int ask();

  // The loop's thread, around each turn. next_ns: when the next timer is due; again: a further turn
  // would find something to do although nothing has completed.
  void before_turn(Backend& backend);
  void after_turn(int64_t next_ns, bool again);

  // In a forked child: close the copies.
  void close_copies() const;

 private:
  Watch(const sys::Notifier& notifier, Fd set, sys::Alarm alarm)
      : notifier_(notifier), set_(std::move(set)), alarm_(std::move(alarm)) {}

  Result<void> add(int fd) const;

  const sys::Notifier& notifier_;
  Fd set_;
  sys::Alarm alarm_;
  int64_t alarm_ns_ = never_ns;
  bool belled_ = false;  // true once the backend's bell is in the set
  std::atomic<bool> asked_{false};
};

}  // namespace zest::io
