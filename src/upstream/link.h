// A connection to an origin: in use by one exchange, idle in its pool, or on its way out. Whoever
// uses it sends through an Output of its own, which has ended when the link is let go.
#pragma once

#include "io/timer.h"
#include "net/stream.h"
#include "upstream/group.h"

namespace zest::upstream {

class Pool;

class Link : public ListNode {
 public:
  Link(Pool& pool, Peer& peer, io::Loop& loop, Fd fd);

  net::Stream& in() { return in_; }
  Peer& peer() { return peer_; }
  bool reused() const { return requests_ > 1; }
  uint32_t requests() const { return requests_; }
  // Its first bytes make the connection (TCP Fast Open), or fail.
  bool early() const { return early_; }
  const char* why() const;  // its TLS failed; "": it did not

 private:
  friend class Pool;

  void idle_event() noexcept;
  void idle_too_long() noexcept;
  void closing_event() noexcept;

  template <void (Link::*method)() noexcept>
  static void call(void* link) noexcept {
    (static_cast<Link*>(link)->*method)();
  }

  Pool& pool_;
  Peer& peer_;
  uint32_t requests_ = 0;
  bool early_ = false;
  net::Stream in_;
  io::Timer idle_timer_;
};

}  // namespace zest::upstream
