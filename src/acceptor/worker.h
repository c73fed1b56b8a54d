// An acceptor thread: makes its shard's loop, says how that went, and turns it until the shard's
// sockets are closed. All signals are blocked in it: they belong to the host.
#pragma once

#include <pthread.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>

#include "acceptor/shard.h"

namespace zest::acceptor {

struct Placement {
  int cpu = -1;   // -1: not pinned
  int node = -1;  // -1: no preference
};

struct WorkerStart {
  Placement placement;  // as it came to be
  Text<256> note;       // what of it was refused
};

class Worker {
 public:
  Worker(Shard& shard, const Text<80>& name, Placement wanted)
      : shard_(shard), name_(name), wanted_(wanted) {}
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Waits until the thread has its loop.
  Result<WorkerStart> start();
  // Nothing is to be accepted after all.
  void stop();
  void join();
  // In a forked child there is no such thread.
  void forget() { running_ = false; }

 private:
  static void* enter(void* worker);
  Result<WorkerStart> set_up();
  void place(WorkerStart& started);
  void run();
  void ready(Result<WorkerStart> result);

  Shard& shard_;
  const Text<80> name_;
  const Placement wanted_;
  pthread_t thread_{};
  bool running_ = false;
  std::atomic<bool> stopping_{false};
  io::Work stop_work_{this, [](void*) noexcept {}};  // a turn, to see stopping_

  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Result<WorkerStart>> started_;
};

}  // namespace zest::acceptor
