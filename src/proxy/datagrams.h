// Mode udp: what comes from a client's address goes to one origin, from a socket of its own, so
// that what comes back there is for that client. Such a session ends when it has been quiet.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/fd.h"
#include "base/siphash.h"
#include "net/datagrams.h"
#include "proxy/counters.h"
#include "sys/packed_address.h"
#include "sys/random.h"
#include "upstream/pool.h"

namespace zest::proxy {

class DatagramSession;
class Listener;
class Worker;

class Datagrams {
 public:
  Datagrams(Worker& worker, Fd fd);
  ~Datagrams();

  // Receives; new sessions are that listener's, which a reload may replace.
  void begin(Listener& listener);
  // No new sessions; those that are go on until they are quiet, at most until their deadline.
  void close();
  void cut();  // at once
  bool over() const { return !fd_.valid(); }

 private:
  friend class DatagramSession;

  void receive();
  void readable(io::Completion completion) noexcept;
  void pass_up(size_t count);
  DatagramSession* find(const sys::Address& client, const net::LocalIp& here);
  DatagramSession* make(const sys::Address& client, const net::LocalIp& here);
  bool admit(const sys::Address& client);
  bool give_up_oldest();
  void end(DatagramSession& session, TunnelEnd how);
  void finish();

  Worker& worker_;
  Listener* listener_ = nullptr;
  Fd fd_;
  bool closing_ = false;
  io::Op poll_{this, io::Op::method<&Datagrams::readable>};
  net::DatagramBatch batch_;
  std::unordered_map<std::string, std::unique_ptr<DatagramSession>, KeyedHash, std::equal_to<>>
      sessions_{0, KeyedHash{sys::random_sip_key()}};  // clients choose their addresses
  List<DatagramSession> unanswered_;                   // the oldest first
  List<DatagramSession> ended_;                        // until the kernel has let go of them
};

class DatagramSession : public ListNode {
 public:
  DatagramSession(Datagrams& home, Listener& listener, upstream::Pool& pool, upstream::Peer& peer,
                  Fd fd, const sys::Address& client, const net::LocalIp& here);
  ~DatagramSession() { unlink(); }

  void begin();
  int pass_up(size_t first, size_t count);  // errno, if the origin is gone
  void drain();
  void end();
  bool busy() const { return poll_.in_flight(); }

  const sys::Address& client() const { return client_; }
  Listener& listener() { return listener_; }
  void write_note(TunnelEnd how);

 private:
  void wait();
  void readable(io::Completion completion) noexcept;
  bool pass_down();
  void answered();
  void leave();
  void quiet() noexcept;
  int64_t quiet_at_ns() const;

  Datagrams& home_;
  Listener& listener_;
  upstream::Pool& pool_;
  upstream::Peer& peer_;
  Fd fd_;
  const sys::Address client_;
  net::LocalIp here_;  // where it was last asked
  bool answered_ = false;
  bool over_ = false;
  uint32_t idle_ms_;
  const int64_t began_ns_;
  int64_t active_ns_;
  int64_t deadline_ns_;
  std::array<uint64_t, 2> bytes_{};
  io::Op poll_{this, io::Op::method<&DatagramSession::readable>};
  io::Timer timer_{this, io::Timer::method<&DatagramSession::quiet>};
};

}  // namespace zest::proxy
