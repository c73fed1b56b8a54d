// One thread, one Loop: kernel operations, timers, received bytes, and work posted from elsewhere.
// Nothing in it is shared; only post() and stop() may be called from another thread.
//
// A turn hands all that was started to the kernel in one system call, waits for completions, and
// calls each one's handler from one place. Handlers may start, cancel and free whatever they like
// except an Op that is still in flight.
#pragma once

#include <atomic>
#include <memory>
#include <span>

#include "base/clock.h"
#include "io/backend.h"
#include "io/timer.h"
#include "io/watch.h"
#include "sys/notifier.h"

namespace zest::io {

enum class BackendKind { automatic, uring, epoll };

struct LoopOptions {
  BackendKind backend = BackendKind::automatic;
  uint32_t submissions = 256;   // entries of the submission ring
  uint32_t completions = 1024;  // entries of the completion ring
  bool sqpoll = false;          // a kernel thread submits: burns a core, off by default
  // Saves looking up the ring's fd at each call. Its thread then holds the ring until leave(), so
  // not for a loop that another thread may have to free.
  bool register_ring = true;
  bool watchable = false;  // fd() will be asked for
  // The owner looks at failed() after each turn, and cancels its ops or gives them up. Else a loop
  // that fails ends the process, with a word on stderr: whoever waits for an op would wait for
  // ever.
  bool may_fail = false;
  BufferOptions buffers;
};

// Something to be done by a loop's thread. A member of its owner, which lives until it has run.
struct Work {
  void* owner;
  void (*run)(void* owner) noexcept;
  Work* next = nullptr;  // the loop's, while posted
  std::atomic<bool> posted{false};
};

struct LoopCounters {
  uint64_t turns = 0;
  uint64_t rearmed = 0;       // repeating operations that the kernel ended without an error
  uint64_t stepped_down = 0;  // kinds of operation whose multishot form this kernel refused
  uint64_t starved = 0;       // receives that found no buffer and waited for one
};

class Loop {
 public:
  // Picks the backend by trying; backend_note() says why it is not io_uring where it is not.
  static Result<std::unique_ptr<Loop>> create(const LoopOptions& options, const Clock& clock);

  Loop(std::unique_ptr<Backend> backend, std::unique_ptr<BufferPool> pool, sys::Notifier notifier,
       const Clock& clock);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // The calling thread becomes the loop's. Once, before the first turn.
  Result<void> attach();

  // That thread, when it will turn no more.
  void leave() { backend_->leave(); }
  // True once a turn was refused by the kernel because another thread is the loop's.
  bool foreign() const { return backend_->foreign(); }

  // The errno with which the kernel refuses to go on, or 0. Then no op is completed any more but
  // those that are cancelled or started since, as cancelled; and turns still wait, run timers and
  // what is posted, so that the owner can end.
  int failed() const { return backend_->failed(); }

  // Operations. Each ends with exactly one completion that has `more` false. Every fd is to be
  // non-blocking: the epoll backend makes ordinary calls.
  void accept(Op& op, int listening_fd);  // armed until it fails or is cancelled
  void accept_once(Op& op, int listening_fd);
  void recv(Op& op, int fd, std::span<std::byte> into);
  void recv_pooled(Op& op, int fd);  // armed until end of stream (result 0), or the like
  void recv_pooled_once(Op& op, int fd);
  bool starved() const { return !starved_.empty(); }  // receives wait for buffers
  void send(Op& op, int fd, std::span<const std::byte> bytes, int flags = 0);
  void send_message(Op& op, int fd, const msghdr& message);
  void connect(Op& op, int fd, const sockaddr* address, socklen_t size);
  void poll(Op& op, int fd, uint32_t events);         // once
  void poll_repeat(Op& op, int fd, uint32_t events);  // on each new event

  void start(Op& op, const Request& request);

  // Ask for an early end. The op still completes, with -ECANCELED or with what it had done.
  void cancel(Op& op);

  // Close an fd that was used with this loop; no op may be in flight on it.
  void close(Fd fd);

  void start_timer(Timer& timer, int64_t expires_ns) { timers_.start(timer, expires_ns); }

  // Wait until something happens, at most until this moment, and handle it. Returns how many
  // completions were delivered.
  size_t turn(int64_t until_ns);
  // Turn until stop().
  void run();
  void stop();  // any thread
  // The next turn will not wait, and fd() is readable until then. Any thread.
  void wake() { notifier_.signal(); }

  // Run work in the loop's thread, soon, after all that the caller has done. Any thread, any number
  // of times: what has not begun yet runs once.
  void post(Work& work);

  // After the loop's thread has left for good, from any one thread: deliver what had completed, and
  // give up an op that nobody will complete any more.
  void collect();
  void abandon(Op& op);

  // Readable while a turn would not wait, also before the first: for a watchable loop. Any thread.
  int fd() const { return watch_->ask(); }
  // In a forked child: close the copies of the loop's fds, and touch nothing else.
  void close_copies();

  int64_t now_ns() const { return now_ns_; }           // read once per turn
  void look_at_clock() { now_ns_ = clock_.now_ns(); }  // where there are no turns
  BackendKind backend_kind() const { return backend_kind_; }
  const Text<256>& backend_note() const { return backend_note_; }
  BufferPool* buffers() { return pool_.get(); }
  const LoopCounters& counters() const { return counters_; }
  BackendCounters backend_counters() const { return backend_->counters(); }
  uint64_t in_flight() const { return in_flight_; }

 private:
  static constexpr size_t batch_max = 256;

  static uint32_t bit(Kind kind) { return 1u << static_cast<unsigned>(kind); }
  int64_t wait_limit_ns(int64_t until_ns);
  size_t deliver_completed(int64_t until_ns);
  void wait_for_posted(int64_t until_ns);
  // What a completion means for its op: it ends, goes on, or goes on without anybody being told.
  enum class Next { end, more, silent };

  void deliver(const Event& event);
  Next next(Op& op, const Event& event);
  Next step_down(Op& op);
  void refuse_multishot(Kind kind);
  Next starve(Op& op);
  Next restart(Op& op, Next after);
  void begin(Op& op);
  size_t deliver_held();
  void restart_starved();
  void finish(Op& op, Completion completion);
  void hold(Op& op, int32_t result);
  void run_posted();
  void woken(Completion completion) noexcept;
  static void refilled(Loop& loop);

  std::unique_ptr<BufferPool> pool_;  // outlives the backend, which shares it with the kernel
  std::unique_ptr<Backend> backend_;
  sys::Notifier notifier_;
  std::unique_ptr<Watch> watch_;  // of a watchable loop
  const Clock& clock_;
  int64_t now_ns_;
  TimerWheel timers_;
  BackendKind backend_kind_ = BackendKind::automatic;
  Text<256> backend_note_;
  LoopCounters counters_;
  uint64_t in_flight_ = 0;
  bool may_fail_ = false;
  uint32_t refused_multishot_ = 0;  // a bit for each kind that is re-armed one by one
  List<Op> held_;                   // complete in the next turn, with their held_result_
  List<Op> starved_;                // wait for a buffer
  bool refilled_ = false;

  Op wake_op_{this, Op::method<&Loop::woken>};
  std::atomic<Work*> posted_{nullptr};
  std::atomic<bool> stopping_{false};
};

}  // namespace zest::io
