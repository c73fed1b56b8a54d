// Two connected streams joined: what one says the other is told, until both have said all.
//
// Bytes pass in one of three ways, and may change it while the tunnel lives (see Engine):
// whichever it is, they pass exactly, one slow reader stops its sender, and the ends mean the same.
// A side's FIN is passed on after its last byte, and the other direction goes on; a broken side
// breaks the other, so that what was cut never looks whole.
#pragma once

#include <array>
#include <optional>

#include "net/stream.h"
#include "tunnel/engines.h"

struct zest_flow;

namespace zest::tunnel {

// 0: no limit.
struct Limits {
  uint32_t idle_timeout_ms = 0;   // nothing has moved, either way
  uint32_t total_timeout_ms = 0;  // of the whole tunnel
  // Nothing has moved although one side has ended; or, after drain(), of what is left.
  uint32_t end_timeout_ms = 0;
};

enum class End : uint8_t {
  done,  // each side has ended, and the other knows
  a_broken,
  b_broken,
  idle_timeout,
  total_timeout,
  end_timeout,
  cancelled,
  no_memory,
  mismatch,  // the kernel's count of bytes is not ours: what passed can't be trusted
};

const char* words(End end);

struct Ended {
  End end = End::done;
  int error = 0;                    // errno of a broken side
  std::array<uint64_t, 2> bytes{};  // passed on: [0] from a to b, [1] from b to a
};

// No coroutine and small, since most tunnels are idle: what is needed while bytes move is lent by
// the Engines. The two streams are its own.
class Tunnel {
 public:
  using Handler = void (*)(void* owner) noexcept;

  // Any thread.
  Tunnel(Engines& engines, Fd a, Fd b, EngineChoice choice = EngineChoice::automatic);
  Tunnel(const Tunnel&) = delete;
  Tunnel& operator=(const Tunnel&) = delete;
  ~Tunnel();

  // Before start() they may receive, hold input, or take over what were others. Nothing is being
  // sent on them.
  net::Stream& side(size_t index) { return sides_[index]; }
  const net::Stream& side(size_t index) const { return sides_[index]; }

  // The handler is called once, when the tunnel is over and nothing of it is in flight any more,
  // and is the last thing done. Never from within start(), drain() or cancel(). The sockets close
  // with the tunnel; one that has to be cut is reset by that.
  void start(const Limits& limits, void* owner, Handler handler);
  void drain();   // end_timeout_ms from now it is cut
  void cancel();  // it ends at once

  // From now on, from wherever it is.
  void choose(EngineChoice choice);

  bool over() const { return stage_ == Stage::over; }
  // It is under way, and holds receive buffers.
  bool holds_buffers() const {
    return stage_ == Stage::open &&
           (sides_[0].input().buffers() > 0 || sides_[1].input().buffers() > 0);
  }
  Ended ended() const { return {.end = end_, .error = error_, .bytes = bytes_}; }

 private:
  friend class Engines;
  friend class Sender;
  friend class Splicer;

  enum class Stage : uint8_t { idle, open, ending, closing, over };

  enum class Passing : uint8_t {
    copied,
    turning,  // still copied, until what has been received is gone; then spliced
    spliced,
    dozing,  // in kernel mode, and still copied until what has been received is gone
    asleep,  // in kernel mode: only an end is waited for
  };

  // With the kernel's socket map: both directions join it together, when both are quiet.
  enum class Joint : uint8_t { apart, joining, joined };

  // One direction; its number is that of the side it comes from.
  struct Way {
    bool lent() const { return sender || splicer; }

    Sender* sender = nullptr;    // lent while something is being sent
    Splicer* splicer = nullptr;  // lent while it holds something
    // Copied: bytes in large pieces, at most bulk_run. Spliced: small fills in a row.
    uint32_t bulk = 0;
    int16_t error = 0;  // of sending: nothing more passes
    Passing passing : 3 = Passing::copied;
    bool judged : 1 = false;  // what comes from there is the kernel's to give to us
    bool ended : 1 = false;   // the other side has been told of the end
    bool fixed : 1 = false;   // how much may wait there unread
    bool called : 1 = false;  // spliced: it was told that something has come
  };

  // tunnel.cc
  template <size_t side>
  static void stream_event(void* tunnel) noexcept;
  void event_of(size_t side);
  void step(size_t way);
  void pass_on(size_t way);
  void count(size_t way, size_t passed);
  void fix_received(size_t way);
  void source_over(size_t way, int error);
  void sending_failed(size_t way, int error);
  void break_off(size_t way, int error);
  void pass_end(size_t way);
  void finish(End end, int error = 0);
  void stop_sending(size_t way);
  bool must_cut(size_t side) const;
  bool cut_short() const;
  void cut(size_t side);
  void limit_rest(size_t side);
  void settle();
  void settle_soon();
  void close();
  static End broken(size_t side) { return side == 0 ? End::a_broken : End::b_broken; }

  // tunnel_time.cc
  void begin_time(const Limits& limits);
  void touch() { active_ns_ = engines_.loop().now_ns(); }
  void watch_time();
  void time_passed() noexcept;
  int64_t quiet_deadline() const;
  int64_t look_at() const;
  void wait_for_order();
  void wait_for_joining();
  void try_again(size_t way);
  void note_kernel_activity();
  bool half_closed() const { return ways_[0].ended || ways_[1].ended; }

  // tunnel_copy.cc
  void send(size_t way);
  void sent(size_t way);

  // tunnel_room.cc
  void make_room(size_t way);
  void stop_for_room(size_t way);
  void set_aside(size_t way);
  void receive_again(size_t way);

  // tunnel_splice.cc
  void turn_to_splice(size_t way);
  bool idle_splice(size_t way) const;
  bool leaves_splice(size_t way) const;
  void begin_splice(size_t way);
  void splice(size_t way);
  bool splice_round(size_t way);
  bool fill(size_t way);
  bool drain(size_t way);
  void room_came(size_t way, int32_t result);
  void back_to_copy(size_t way);
  void give_back_splicer(size_t way);

  // tunnel_steer.cc
  EngineChoice wanted() const;
  void steer();
  void note_passed(size_t way, size_t passed);

  // tunnel_join.cc
  bool joinable();
  void begin_joining();
  bool may_pass_joining(size_t way) const;
  bool empty_handed() const;
  bool quiet(size_t way) const;
  void go_on_joining();
  void join();
  std::optional<uint64_t> read_so_far(size_t way) const;
  bool prepare_flow(size_t way);
  bool add_targets();
  void release_both();
  void stop_joining();
  void end_joining();

  // tunnel_kernel.cc
  bool has_flows() const { return joint_ == Joint::joined; }
  zest_flow& flow(size_t way) const;
  void note_consumed(size_t way, size_t passed);
  void rang(size_t way);
  void fall_asleep(size_t way);
  void wake(size_t way);
  size_t leave_out(size_t way);
  void offer(size_t way);
  void recall(size_t way);
  bool unread(size_t way) const;
  bool unwritten(size_t way) const;  // judged, and goes with the map
  bool ended_early(size_t way) const;
  void part();
  bool ordered(size_t way);
  bool gone(size_t way) const;
  void look_for_gone();
  bool balanced(size_t way) const;
  bool accounted(size_t way) const;
  void mismatch(const char* what);

  Engines& engines_;
  std::array<net::Stream, 2> sides_;
  uint32_t idle_timeout_ms_ = 0;
  uint32_t end_timeout_ms_ = 0;
  // As small as can be: there are many, and most are idle.
  EngineChoice choice_ : 2;
  Stage stage_ : 3 = Stage::idle;
  Joint joint_ : 2 = Joint::apart;
  bool draining_ : 1 = false;
  bool retrying_ : 1 = false;    // the timer is to look whether order has come
  bool unjoinable_ : 1 = false;  // for good
  uint8_t small_ = 0;            // small messages in a row, at most small_run
  uint8_t retries_ = 0;
  End end_ = End::done;
  int16_t error_ = 0;
  uint32_t pair_ = 0;          // of flows, while joined
  uint32_t kernel_bytes_ = 0;  // redirected when last looked, the low part
  std::array<Way, 2> ways_;
  int64_t active_ns_ = 0;
  int64_t deadline_ns_ = never_ns;  // of the whole
  std::array<uint64_t, 2> bytes_{};
  void* owner_ = nullptr;
  Handler handler_ = nullptr;
  io::Timer timer_{this, io::Timer::method<&Tunnel::time_passed>};
};

}  // namespace zest::tunnel
