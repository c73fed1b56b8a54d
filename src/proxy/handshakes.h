// The TLS handshakes of a worker, kept from starving what is established: the loop takes one step
// of one of them at a time, each of which may cost a signature, and does all else between two.
//
// So many stand half done at once. Who has said nothing yet is none of them; who comes beyond waits
// until one is done, or has been silent for too long and makes room.
#pragma once

#include <memory>

#include "base/list.h"
#include "io/timer.h"
#include "tls/server_context.h"

namespace zest::proxy {

class Connection;
class Worker;

// That of one connection, until it is done.
struct Handshake : ListNode {
  Handshake(Connection& connection, std::shared_ptr<const tls::ServerContext> context)
      : connection(connection), context(std::move(context)) {}

  Connection& connection;
  const std::shared_ptr<const tls::ServerContext> context;
  bool begun = false;  // it has a place
  uint32_t flights = 0;
  int64_t since_ns = 0;  // our last answer
};

class Handshakes {
 public:
  explicit Handshakes(Worker& worker) : worker_(worker) {}

  // Something has come from its client: Connection::take_step() is called when it is its turn.
  void line_up(Handshake& one);
  // That step is done, and the client's next words are waited for. So often we have answered.
  void stepped(Handshake& one, uint32_t flights);
  // It is done, or given up.
  void end(Handshake& one);
  bool waits_for_a_place(const Handshake& one) const { return !one.begun && one.linked(); }

 private:
  void go_on();
  Handshake* next();
  bool room_for(const Handshake& one);
  void expired() noexcept;

  Worker& worker_;
  uint32_t begun_ = 0;
  Handshake* stepping_ = nullptr;
  List<Handshake> fresh_;    // without a place
  List<Handshake> lined_;    // with one, and something from their clients
  List<Handshake> stalled_;  // with one, waiting; the longest so about first
  io::Timer timer_{this, io::Timer::method<&Handshakes::expired>};
};

}  // namespace zest::proxy
