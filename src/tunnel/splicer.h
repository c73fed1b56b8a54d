// A pipe that one direction of a tunnel moves bytes through; lent by the Engines while it holds
// some.
#pragma once

#include <poll.h>

#include "sys/pipe.h"
#include "tunnel/tunnel.h"

namespace zest::tunnel {

class Splicer {
 public:
  explicit Splicer(sys::Pipe pipe) : pipe_(std::move(pipe)) {}

  void lend(Tunnel& tunnel, size_t way) {
    tunnel_ = &tunnel;
    way_ = way;
  }

  size_t filled() const { return filled_; }
  // From a socket into the pipe, which is empty. As sys::splice_in.
  ssize_t fill(int from);
  // What it holds into a socket.
  ssize_t drain(int to);

  // Tells the tunnel when there is room in the socket.
  void wait_for_room(io::Loop& loop, int to) { loop.poll(room_op_, to, POLLOUT); }
  bool waiting() const { return room_op_.in_flight(); }
  void cancel(io::Loop& loop) { loop.cancel(room_op_); }

 private:
  friend class Engines;

  void room(io::Completion completion) noexcept;

  sys::Pipe pipe_;
  size_t filled_ = 0;
  Tunnel* tunnel_ = nullptr;
  size_t way_ = 0;
  Splicer* next_ = nullptr;  // spare
  io::Op room_op_{this, io::Op::method<&Splicer::room>};
};

}  // namespace zest::tunnel
