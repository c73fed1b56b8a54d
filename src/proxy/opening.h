// A tunnel that is about to begin: from a client's connection, in mode tcp by way of finding an
// origin, to the Passage that both streams are given to. Frees itself then.
#pragma once

#include "proxy/passage.h"

namespace zest::proxy {

class Connection;
class Worker;

class Opening {
 public:
  ~Opening();

  // The client is this one's from begin() or find_origin() on. nullptr: no memory.
  static std::unique_ptr<Opening> make(Worker& worker, Connection& client);

  // Mode tcp: connect to one of these first.
  static void find_origin(std::unique_ptr<Opening> opening, upstream::Pool& pool,
                          std::string_view server_name);
  // Else: what has been connected already, and then begin().
  void hold(upstream::Pool& pool, upstream::Link& link);
  void hold(Fd connected, const sys::Address& origin);
  void take_note(std::unique_ptr<PassageNote> note);
  static void begin(std::unique_ptr<Opening> opening) { opening.release()->wait_for_quiet(); }

  io::FrameStack& frames() { return frames_; }

 private:
  Opening(Worker& worker, Connection& client, std::unique_ptr<Passage> passage);

  io::Task<void> find();
  void found_none();
  void wait_for_quiet();
  void quiet_event() noexcept;
  void pass();

  template <void (Opening::*method)() noexcept>
  static void call(void* opening) noexcept {
    (static_cast<Opening*>(opening)->*method)();
  }

  Worker& worker_;
  io::FrameStack frames_;  // without memory: it is gone before they are
  Connection* client_;
  std::unique_ptr<Passage> passage_;
  upstream::Pool* pool_ = nullptr;
  upstream::Link* link_ = nullptr;
  sys::Address origin_;
  std::unique_ptr<PassageNote> note_;
  Timeout timeout_ = Timeout::none;
};

}  // namespace zest::proxy
