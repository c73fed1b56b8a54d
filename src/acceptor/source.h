// One listening socket on its loop: accepts, pauses when the queue is full or the system is short
// of something, and at the end drains what the kernel still holds.
#pragma once

#include <mutex>

#include "acceptor/counters.h"
#include "acceptor/handoff_queue.h"
#include "acceptor/handshakes.h"
#include "acceptor/spare_fd.h"
#include "bpf/steering.h"
#include "io/loop.h"
#include "net/listener.h"
#include "sys/socket.h"

namespace zest::acceptor {

struct ListeningSocket {
  Fd fd;
  sys::Address address;
  uint32_t index = 0;  // in the service; comes with each connection
  net::Protocol protocol = net::Protocol::tcp;
  bool adopted = false;     // others may hold it open, too
  uint32_t group_size = 0;  // sockets of this service with SO_REUSEPORT on the address
  net::UnixPath path;       // of a Unix socket: goes with it
  std::shared_ptr<bpf::Steering> steering;  // or nullptr
  uint32_t steering_index = 0;
};

// What a shard shares with its sources; all of it belongs to the loop's thread.
struct ShardParts {
  io::Loop& loop;
  HandoffQueue& queue;
  Counters& counters;
  SpareFd& spare;
  uint32_t queue_capacity;
  // One accept at a time: a repeating one goes on for hundreds until it hears that the queue is
  // full, which matters where the queue is small.
  bool one_by_one = false;
  bool waiting_for_room = false;  // a source has paused because the queue is full
  Handshakes handshakes{};
  // When the last source of the shard had held off new handshakes: by the clock of then, and not of
  // the turn, as a thread that others starve may be late by more than is to be waited.
  int64_t held_off_ns = never_ns;
};

class Source {
 public:
  Source(ShardParts& parts, ListeningSocket socket);
  ~Source();
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  // All in the loop's thread.
  void begin();
  void room();  // the queue has room again
  // Hold off new handshakes, accept what has begun, close; at the deadline close all the same.
  void drain(int64_t deadline_ns);

  // Any thread, where the loop's own does not come to close in time: no connection comes any more,
  // and those that wait in the kernel are counted as left there. Not for an adopted socket, which
  // may still serve others.
  void deafen();
  // The loop's thread has left without draining, and nobody turns the loop any more: after
  // deafen(), nobody waits for a connection any more.
  void abandon();
  // That this listener is at its end by itself, and why: once, where it had not ended before.
  void report_failure(int os_errno);
  // Instead of turns, again and again, by one other thread after the loop's has ended: drain() and
  // all that follows from it.
  void salvage(int64_t deadline_ns);

  // In a forked child: close the copy of the socket, and nothing else.
  void forget();

  // Any thread: what waits in the kernel; nothing for a socket that has no such figure.
  sys::AcceptQueue kernel_queue();

  bool closed() const { return state_ == State::closed; }
  const ListeningSocket& socket() const { return socket_; }

 private:
  // Transient errors cost a connection each. So many in a row are something else (a seccomp filter
  // that denies accept, say), and must not spin.
  static constexpr uint32_t errors_in_a_row_max = 128;

  enum class State {
    idle,        // begin() was not called
    accepting,   // the accept is armed
    full,        // the queue is; room() goes on
    backed_off,  // out of fds or memory; the timer goes on
    closing,     // waits for the end of the accept
    closed,
  };

  void accepted(io::Completion completion) noexcept;
  void take(int fd);
  void refused(int os_errno);
  void ended();
  void pause_full();
  void back_off();
  void out_of_fds();
  void retry();
  void recovered();
  void fail(int os_errno);
  void tick() noexcept;
  void look_whether_drained();
  bool drained();
  bool handshakes_pending();
  bool settled(int64_t now_ns) const;
  void hold_off();
  void close();
  void arm();
  void remove_path();
  void hush();
  void cut_off(bool hands_on);
  uint32_t close_waiting();
  void begin_salvage();
  void finish_close();
  bool accept_rest();
  void settle(uint32_t accepted);

  ShardParts& parts_;
  ListeningSocket socket_;
  std::mutex fd_mutex_;  // closing it, and what another thread does with it
  std::atomic<bool> deaf_{false};
  State state_ = State::idle;
  bool draining_ = false;
  bool salvaged_ = false;
  bool reported_ = false;
  bool hands_on_ = false;            // what waits goes to others when this closes
  bool short_of_resources_ = false;  // true exactly while counted as such
  uint32_t errors_in_a_row_ = 0;
  uint32_t settled_before_tick_ = 0;
  int64_t back_off_ns_;
  int64_t drain_deadline_ns_ = 0;
  io::Op accept_{this, io::Op::method<&Source::accepted>};
  io::Timer timer_{this, io::Timer::method<&Source::tick>};
};

}  // namespace zest::acceptor
