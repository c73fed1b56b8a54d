// One thread of the proxy, with a loop, listeners, connections, sessions and pools of its own.
#pragma once

#include <pthread.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "io/frames.h"
#include "io/scope.h"
#include "proxy/arrival.h"
#include "proxy/client_limits.h"
#include "proxy/connection.h"
#include "proxy/counters.h"
#include "proxy/date.h"
#include "proxy/host.h"
#include "proxy/passage.h"
#include "proxy/record.h"
#include "proxy/session.h"
#include "proxy/shedder.h"
#include "proxy/worker_setup.h"
#include "tunnel/engines.h"
#include "tunnel/sockmap.h"

namespace zest::proxy {

// What all workers share, whatever the configuration.
struct Shared {
  Shared(const Config& wanted, Host host)
      : start(wanted),
        hooks(std::move(host.hooks)),
        protocols(std::move(host.protocols)),
        worker_lost(std::move(host.worker_lost)),
        sockmap_given_up(std::move(host.sockmap_given_up)),
        handshake_failed(std::move(host.handshake_failed)) {}

  const Config start;  // what can't be changed by a reload: threads, loops, buffers
  const std::shared_ptr<HookQueue> hooks;
  const HostProtocols protocols;
  const std::function<void(uint32_t worker, int os_errno)> worker_lost;
  const std::function<void(const char* why)> sockmap_given_up;
  const decltype(Host::handshake_failed) handshake_failed;
  const SystemClock clock;
  const http::Scan& scan = http::chosen_scan();
  std::unique_ptr<tunnel::Sockmap> sockmap;  // where tunnels are to pass through it
  Quota connections;
  std::atomic<int64_t> drain_deadline_ns{never_ns};  // never_ns: not draining

  void drain_until(int64_t deadline_ns) {  // or what it was, if that is sooner
    int64_t before = drain_deadline_ns.load();
    while (deadline_ns < before)
      if (drain_deadline_ns.compare_exchange_weak(before, deadline_ns)) return;
  }
};

// What stands at a worker, as of its last turn.
struct WorkerFigures {
  using Figure = std::atomic<uint64_t>;
  Figure connections, parked, links_idle, buffers_free, tunnels;
  Figure spliced, joined, kernel_bytes, set_aside, aside_refused;
  Figure enters, completions, cq_overflows;
  Figure turns, rearmed, stepped_down, starved;
};

// What became of a worker's connections while draining.
struct Drained {
  Count finished;
  Count closed_idle;
  Count tunnels;
  Count forced;
};

// Where heads are parsed to. From a complete parse until the head is written anew nobody waits, so
// one place serves all sessions, and stays in the caches.
struct HeadRoom {
  std::array<http::Field, http::Head::field_count_max> request;
  std::array<http::Field, http::Head::field_count_max> answer;
};

class Worker {
 public:
  Worker(Shared& shared, uint32_t index, RecordSink* sink);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // From the thread that builds the proxy, in this order.
  Result<void> start();  // waits until the thread has its loop
  void drain();          // see Shared::drain_deadline_ns
  void cut();            // any thread
  void join();
  bool ended() const { return ended_.load(std::memory_order_acquire); }
  // It ends, or has, because its loop has failed: it takes nobody any more.
  bool lost() const { return lost_.load(std::memory_order_acquire); }

  // Of a reload, one at a time: what is to be in force; and until it is, and the sockets that it
  // does not have are closed, or the thread has ended.
  std::unique_ptr<WorkerSetup> prepare(std::shared_ptr<const Setup> setup);
  void adopt(std::unique_ptr<WorkerSetup> next);
  void wait_until_adopted();

  // A connection for one of its listeners, from any thread. handed(): those it has not seen yet.
  Result<void> serve(Fd fd, uint64_t listener_id);
  uint64_t handed() const { return handed_count_.load(std::memory_order_relaxed); }
  uint64_t load() const { return figures_.connections + handed(); }

  // Its own thread.
  io::Loop& loop() { return *loop_; }
  io::Scope& scope() { return *scope_; }
  io::FramePool& frames() { return scope_->frames(); }
  Counters& counters() { return counters_; }
  tls::KernelCounts kernel_counts() {
    return {.taken = &counters_.kernel_taken, .refused = &counters_.kernel_refused};
  }
  RecordSink* sink() { return sink_; }
  HeadRoom& heads() { return heads_; }
  HookQueue& hooks() { return *shared_.hooks; }
  HookInbox& hook_inbox() { return hook_inbox_; }
  const HostProtocols& protocols() const { return shared_.protocols; }
  const auto& handshake_failed() const { return shared_.handshake_failed; }
  const http::Scan& scan() const { return shared_.scan; }
  std::shared_ptr<upstream::Pool> make_pool(upstream::Group& group);
  bool draining() const { return draining_; }
  std::string_view date() { return date_.at(loop_->now_ns()); }

  void count(Timeout timeout) { counters_.timeouts[static_cast<size_t>(timeout)].add(); }
  void count(Refused why) { counters_.refused[static_cast<size_t>(why)].add(); }
  void count(Limit limit) { counters_.limits[static_cast<size_t>(limit)].add(); }
  static size_t latency_bucket(int64_t duration_ns);

  Session* take_session();  // nullptr: out of memory
  void return_session(Session& session);
  void begun(Session& session) { active_.push_front(session); }
  List<Session>& active() { return active_; }  // the newest first
  void exchange_ended(bool in_order);
  void arrived(Arrival& arrival) { arrivals_.push_back(arrival); }
  void begun(Passage& passage) { passages_.push_front(passage); }
  List<Passage>& passages() { return passages_; }  // the newest first
  io::Slab& passage_memory() { return passage_memory_; }
  void tunnel_begun() { ++tunnels_; }
  void tunnel_ended(bool cut);  // by a deadline of the drain, or for want of buffers
  tunnel::Engines& engines() { return *engines_; }
  TunnelEngine tunnel_engine() const { return shared_.start.tunnel_engine; }

  bool enter();  // one more connection: false if there are too many
  void leave();
  void parked(Connection& connection);
  void unparked(Connection& connection);
  void closing(Connection& connection) { closing_.push_back(connection); }
  void bury(Connection& connection);
  void shed_idle();
  Handshakes& handshakes() { return handshakes_; }

  // Any thread.
  const Counters& counters() const { return counters_; }
  const Drained& drained() const { return drained_; }
  io::BackendKind backend() const { return backend_; }
  const Text<256>& backend_note() const { return backend_note_; }
  const WorkerFigures& figures() const { return figures_; }

 private:
  static void* enter_thread(void* worker);
  Result<void> set_up();
  void run();
  void ready(Result<void> result);
  void run_adopt() noexcept;
  void look_adopted(const std::lock_guard<std::mutex>& of_mutex);
  void run_serve() noexcept;
  void run_drain() noexcept;
  void run_hooks() noexcept;
  void publish();
  void bury_setups();
  template <typename Do>
  void for_each_setup(Do what) const {
    for (WorkerSetup* setup = setup_.get(); setup; setup = setup->older.get()) what(*setup);
  }
  bool all_setups(bool (WorkerSetup::*is)() const) const;
  bool empty() const;
  void close_idle();
  void cut_all();
  void lose(int os_errno);
  void take_no_more();
  uint64_t lingering();

  template <void (Worker::*method)() noexcept>
  static void call(void* worker) noexcept {
    (static_cast<Worker*>(worker)->*method)();
  }

  Shared& shared_;
  const uint32_t index_;
  RecordSink* const sink_;
  io::Slab passage_memory_{sizeof(Passage)};
  std::unique_ptr<io::Loop> loop_;
  std::optional<io::Scope> scope_;
  HeadRoom heads_;
  Counters counters_;
  Drained drained_;
  DateText date_;
  std::unique_ptr<WorkerSetup> setup_;  // in force; older ones behind it
  List<Session> free_sessions_;
  List<Session> active_;
  std::vector<std::unique_ptr<Session>> sessions_;
  List<Connection> parked_;  // idle, reading a head, or lingering; the longest so first
  List<Connection> closing_;
  std::optional<tunnel::Engines> engines_;
  List<Arrival> arrivals_;
  List<Passage> passages_;
  uint64_t tunnels_ = 0;
  uint64_t connections_ = 0;
  uint64_t parked_count_ = 0;
  Handshakes handshakes_{*this};
  Shedder shedder_{*this};
  WorkerFigures figures_;
  bool draining_ = false;
  bool adopting_ = false;
  io::BackendKind backend_ = io::BackendKind::automatic;
  Text<256> backend_note_;

  pthread_t thread_{};
  bool running_ = false;
  std::atomic<bool> cut_{false};
  std::atomic<bool> ended_{false};
  std::atomic<bool> lost_{false};
  io::Work serve_work_{this, call<&Worker::run_serve>};
  io::Work adopt_work_{this, call<&Worker::run_adopt>};
  io::Work drain_work_{this, call<&Worker::run_drain>};
  HookInbox hook_inbox_{this, call<&Worker::run_hooks>};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Result<void>> started_;
  std::unique_ptr<WorkerSetup> incoming_;
  bool adopted_ = false;  // with mutex_

  struct Handed {
    Fd fd;
    uint64_t listener_id;
  };
  std::vector<Handed> handed_;  // with mutex_
  bool takes_no_more_ = false;  // with mutex_
  std::atomic<uint64_t> handed_count_{0};
};

}  // namespace zest::proxy
