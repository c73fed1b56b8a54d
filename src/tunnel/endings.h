// Ends of tunnels on their way to the host. Each has its memory before the tunnel begins, so that
// none is lost for want of it.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <span>

#include "sys/notifier.h"
#include "tunnel/service_config.h"

namespace zest::tunnel {

struct EndingNode {
  Ending value;
  std::unique_ptr<EndingNode> next;
};

class Endings {
 public:
  explicit Endings(sys::Notifier notifier) : notifier_(std::move(notifier)) {}
  ~Endings();
  Endings(const Endings&) = delete;
  Endings& operator=(const Endings&) = delete;

  // Any thread.
  void put(std::unique_ptr<EndingNode> node);
  // None will be put any more: who waits is answered.
  void close();
  // ok, timed_out, or closed once the last has been taken.
  Status take(std::span<Ending> into, size_t& count, int64_t timeout_ms);
  size_t waiting() const;

  // Readable while take() would not wait.
  int fd() const { return notifier_.fd(); }

 private:
  size_t take_now(std::span<Ending> into);

  sys::Notifier notifier_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::unique_ptr<EndingNode> first_;
  EndingNode* last_ = nullptr;  // where there is a first
  size_t waiting_ = 0;
  bool closed_ = false;
};

}  // namespace zest::tunnel
