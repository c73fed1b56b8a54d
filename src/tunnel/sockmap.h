// Whether tunnels may pass through the kernel's socket maps: one for the process, shared by the
// Engines of all its threads. It is tried before it is trusted, and given up for good when what the
// kernel has counted is not what we have.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>

#include "base/text.h"
#include "bpf/hand_over.h"

namespace zest::tunnel {

class Sockmap {
 public:
  // Never fails: where it can't be used it is not, and note() says why.
  static std::unique_ptr<Sockmap> create();
  // Before anybody uses it: who is told why, once, if it is given up from now on; by whichever
  // thread finds out.
  void on_given_up(std::function<void(const char* why)> told) { told_ = std::move(told); }
  // Not tried.
  static std::unique_ptr<Sockmap> create_untested();

  // Any thread.
  bool usable() const { return usable_.load(std::memory_order_relaxed); }
  Text<256> note() const;
  void disable(const char* why);

  bpf::HandOver& hand_over() { return *hand_over_; }

 private:
  std::unique_ptr<bpf::HandOver> hand_over_;  // where it could be loaded
  std::function<void(const char*)> told_;
  std::atomic<bool> usable_{false};
  mutable std::mutex mutex_;
  Text<256> note_;
};

}  // namespace zest::tunnel
