// One worker's socket of one listener: accepts into the worker's own loop.
#pragma once

#include "io/loop.h"
#include "io/timer.h"
#include "proxy/datagrams.h"
#include "proxy/setup.h"

namespace zest::proxy {

class Connection;
struct Visitor;
class Worker;
class WorkerSetup;

class Listener {
 public:
  Listener(Worker& worker, const WorkerSetup& setup, const SharedListener& shared);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // The worker's thread, but for hold() before begin().
  void hold(Fd fd);  // already listening
  void begin();      // to accept, if there is a socket
  void take(Fd fd);  // accepted, here or elsewhere
  // The socket goes to another, who accepts from then on.
  void hand_over(Listener& heir);
  // Accept no more; what the kernel has queued is accepted first. closed() some turns later.
  void close();
  bool closed() const {
    return !fd_.valid() && !waits_for_fd_ && (!datagrams_ || datagrams_->over());
  }
  bool holds() const { return !closed(); }
  void cut();  // sessions of datagrams

  Worker& worker() const { return worker_; }
  const ListenerConfig& config() const { return shared_.config; }
  const SharedListener& shared() const { return shared_; }
  const WorkerSetup& setup() const { return setup_; }
  uint32_t index() const { return shared_.place->index; }
  uint64_t connections() const { return connections_; }
  // A connection's end.
  void leave(const Connection& connection);

  // One more, if it may be; the same for its address alone, where that was not known before; it is
  // served; it is not any more.
  Limit admit(const sys::Address& client);  // which keeps it out, or none
  bool admit_client(const sys::Address& client);
  void serve(Fd fd, Visitor visitor);
  void let_go(const sys::Address& client);

 private:
  void accepted(io::Completion completion) noexcept;
  void failed(int os_errno);
  void retry() noexcept;
  void finish_close();
  void turn_away(Fd fd);
  void lose(Fd fd, const sys::Address& client);
  void pass_fd();
  void inherit(Fd fd);

  Worker& worker_;
  const WorkerSetup& setup_;
  const SharedListener& shared_;
  Fd fd_;
  std::unique_ptr<Datagrams> datagrams_;  // mode udp: holds the socket
  uint64_t connections_ = 0;
  Listener* heir_ = nullptr;
  bool waits_for_fd_ = false;
  bool closing_ = false;
  io::Op accept_{this, io::Op::method<&Listener::accepted>};
  io::Timer retry_timer_{this, io::Timer::method<&Listener::retry>};
};

}  // namespace zest::proxy
