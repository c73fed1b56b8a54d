// A client's connection joined with another one, until both have ended: what a listener in mode tcp
// does with each, and HTTP after an Upgrade or a CONNECT. Most are idle, so it is all that is left
// of both connections: see Opening for how it begins. Frees itself at its end.
#pragma once

#include <memory>

#include "io/slab.h"
#include "proxy/counters.h"
#include "proxy/passage_note.h"
#include "sys/packed_address.h"
#include "upstream/pool.h"

namespace zest::proxy {

class Passage : public ListNode {
 public:
  // The client counts as one of this listener's connections until the end.
  Passage(Listener& listener, const sys::Address& client);
  ~Passage() { unlink(); }
  static void* operator new(size_t, io::Slab& memory) noexcept { return memory.allocate(); }
  // NOLINTNEXTLINE(misc-new-delete-overloads): there is no other new
  static void operator delete(void* place) noexcept { io::Slab::free(place); }
  static void operator delete(void* place, io::Slab&) noexcept { io::Slab::free(place); }

  // Before begin(). Where the two connections go:
  net::Stream& client() { return tunnel_.side(0); }
  net::Stream& far() { return tunnel_.side(1); }
  // The far one's place in its pool, which it keeps as well.
  void hold(upstream::Pool& pool, upstream::Peer& peer);
  void take_note(std::unique_ptr<PassageNote> note) { note_ = std::move(note); }
  static void begin(std::unique_ptr<Passage> passage);

  void drain() { tunnel_.drain(); }  // it ends by itself, or at a deadline
  void cancel() { tunnel_.cancel(); }
  bool can_be_shed() const { return limit_ == Limit::none && tunnel_.holds_buffers(); }
  void shed();

 private:
  void start();
  void over() noexcept;
  void count(const tunnel::Ended& ended);
  void write_note(const tunnel::Ended& ended);
  void leave();

  template <void (Passage::*method)() noexcept>
  static void call(void* passage) noexcept {
    (static_cast<Passage*>(passage)->*method)();
  }

  Listener& listener_;
  upstream::Pool* pool_ = nullptr;
  upstream::Peer* peer_ = nullptr;
  std::unique_ptr<PassageNote> note_;
  const sys::PackedAddress client_;
  Timeout timeout_ = Timeout::none;
  Limit limit_ = Limit::none;
  tunnel::Tunnel tunnel_;
};

}  // namespace zest::proxy
