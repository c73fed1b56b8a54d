// Tunnels for a host: threads of our own carry pairs of connected sockets, within a limit, and tell
// how each ended.
#pragma once

#include <memory>
#include <vector>

#include "base/calls.h"
#include "tunnel/carrier.h"

namespace zest::tunnel {

struct ServiceReceipt {
  bool complete = false;  // nothing had to be cut
  uint64_t finished = 0;  // while shutting down
  uint64_t cut = 0;
  int64_t duration_ns = 0;
};

struct ServiceSnapshot {
  uint32_t threads = 0;  // that carry; without those that are lost
  size_t open = 0;
  size_t waiting = 0;  // ended, and not taken
  io::BackendKind backend = io::BackendKind::automatic;
  bool sockmap = false;
  Text<256> note;  // why not io_uring, or not the socket map
  ServiceTotals totals;
};

class Service {
 public:
  static Result<std::unique_ptr<Service>> start(const ServiceConfig& config);
  explicit Service(const ServiceConfig& config, sys::Notifier notifier);
  ~Service();  // cuts what is left, and waits until calls() is empty
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // All of these: any thread.
  // Takes the sockets, whatever comes of it, and answers the tunnel's id.
  Result<uint64_t> join(Request request);
  // False: there is no such tunnel, or none any more.
  bool cancel(uint64_t id);
  bool drain(uint64_t id);
  Status next(std::span<Ending> into, size_t& count, int64_t timeout_ms);
  int event_fd() const { return shared_.endings.fd(); }
  // Where each of these calls of another thread has to be, for the destructor to wait for it.
  Calls& calls() { return calls_; }

  // No more joins; tunnels may come to their end, within their end_timeout; what is left at the
  // deadline is cut. Waits. A second call tells the same.
  ServiceReceipt shutdown(int64_t timeout_ms);
  // The same at once, and without waiting.
  void cut();

  ServiceSnapshot snapshot() const;

 private:
  Result<void> start_carriers();
  Result<uint64_t> enter(Request request);
  Carrier* least_loaded();  // or nullptr: all are lost
  bool wish(uint64_t id, bool Wish::* what);
  // Under the mutex.
  static void wish(Carried& carried, bool Wish::* what);
  void wish_all(bool Wish::* what);
  void close();

  Calls calls_;
  mutable Carrying shared_;
  std::vector<std::unique_ptr<Carrier>> carriers_;
  std::mutex shutdowns_;  // one at a time
  std::optional<ServiceReceipt> receipt_;
};

}  // namespace zest::tunnel
