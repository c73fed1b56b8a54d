// One thread of a Service: a loop, and the tunnels that it carries.
#pragma once

#include <pthread.h>

#include <unordered_map>

#include "io/starvation.h"
#include "tunnel/carried.h"
#include "tunnel/sockmap.h"

namespace zest::tunnel {

// Since the start, over all tunnels that have ended.
struct ServiceTotals {
  uint64_t joined = 0;
  uint64_t refused = 0;             // beyond the limit
  uint64_t shed = 0;                // cut, since their buffers were needed
  std::array<uint64_t, 9> ends{};   // by End
  std::array<uint64_t, 2> bytes{};  // from a to b, from b to a
};

// What the threads of a service share.
struct Carrying {
  Carrying(const ServiceConfig& with, sys::Notifier notifier)
      : config(with), endings(std::move(notifier)) {}

  const ServiceConfig config;
  const SystemClock clock;
  std::unique_ptr<Sockmap> sockmap;
  Endings endings;

  std::mutex mutex;  // of what follows
  std::condition_variable changed;
  std::unordered_map<uint64_t, Carried*> by_id;
  uint64_t next_id = 1;
  size_t open = 0;
  size_t held = 0;       // these, and those that have ended and are not taken
  bool closing = false;  // none begins any more
  ServiceTotals totals;
};

class Carrier {
 public:
  Carrier(Carrying& shared, uint32_t index) : shared_(shared), index_(index) {}
  Carrier(const Carrier&) = delete;
  Carrier& operator=(const Carrier&) = delete;
  ~Carrier();  // when nothing is carried any more

  Result<void> start();

  // Under the service's mutex: its thread will see to the wish, or begin it.
  void ask(Carried& carried);
  void begin(Carried& carried);
  size_t load() const { return load_; }
  bool lost() const { return lost_; }  // its loop has failed: it carries nothing any more

  io::Loop& loop() { return *loop_; }
  const Text<256>& backend_note() const { return loop_->backend_note(); }
  io::BackendKind backend() const { return loop_->backend_kind(); }

  // Its thread.
  Engines& engines() { return *engines_; }
  void ended(Carried& carried);

 private:
  static void* enter(void* self);
  void ready(Result<void> result);
  Result<void> set_up();
  void run();
  void run_inbox() noexcept;
  void act(Carried& carried, bool begins, bool drains, bool cancels);
  void begin_waiting();
  void cancel_all();
  int64_t look_for_buffers();
  void shed_newest();

  template <auto member>
  static void call(void* self) noexcept {
    (static_cast<Carrier*>(self)->*member)();
  }

  Carrying& shared_;
  const uint32_t index_;
  pthread_t thread_{};
  bool running_ = false;
  std::optional<Result<void>> started_;  // under the mutex
  std::unique_ptr<io::Loop> loop_;
  std::optional<Engines> engines_;
  io::Starvation starvation_;

  List<Carried> carried_;  // the newest first
  List<Carried> waiting_;  // for buffers, to begin
  std::atomic<bool> stopping_{false};

  List<Wish> inbox_;   // under the mutex
  size_t load_ = 0;    // under the mutex
  bool lost_ = false;  // under the mutex
  io::Work inbox_work_{this, call<&Carrier::run_inbox>};
};

}  // namespace zest::tunnel
