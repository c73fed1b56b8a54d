// Two pairs of sockets, and a tunnel between their near ends.
#pragma once

#include <optional>

#include "support/backends.h"
#include "support/sockets.h"
#include "tunnel/sockmap.h"
#include "tunnel/tunnel.h"

namespace zest::test {

struct JoinedOptions {
  tunnel::Limits limits{};
  tunnel::EngineChoice choice = tunnel::EngineChoice::copy;
  tunnel::Sockmap* sockmap = nullptr;
  io::BufferOptions buffers{.count = 128, .size = 16'384};
};

struct Joined {
  explicit Joined(io::BackendKind kind, const JoinedOptions& options = {});
  ~Joined() { end(); }

  void start();
  bool until(const std::function<bool()>& condition) { return turn_until(*loop, condition); }
  bool ends() {
    return until([&] { return over; });
  }
  tunnel::Ended ended() const { return tunnel ? tunnel->ended() : last; }
  // As who owns a tunnel does: what is under way is cancelled, and both sockets are closed. The
  // loop as well: what a kernel worker had of a socket is let go of only when the ring is looked
  // at.
  void end();

  JoinedOptions options;
  std::unique_ptr<io::Loop> loop;
  Fd a, b;  // the far ends, blocking
  std::optional<tunnel::Engines> engines;
  std::optional<tunnel::Tunnel> tunnel;
  net::Stream& near_a() { return tunnel->side(0); }
  net::Stream& near_b() { return tunnel->side(1); }
  tunnel::Ended last;
  bool started = false;
  bool over = false;
};

// On a thread of its own: where the kernel puts a receive to one of its workers (6.1 does, when a
// socket in a map seems readable and is not), that worker stays until the thread ends.
void on_own_thread(const std::function<void()>& body);

// Every engine on each backend: their ends mean the same.
void on_each_engine(const std::function<void(io::BackendKind, const JoinedOptions&)>& body);

}  // namespace zest::test
