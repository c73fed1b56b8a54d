// The whole reverse proxy: workers with a loop each, that accept, parse, route and relay.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "proxy/config.h"
#include "proxy/host.h"
#include "proxy/listener_report.h"
#include "proxy/record.h"
#include "proxy/snapshot.h"

namespace zest::proxy {

struct Report {
  std::vector<ListenerReport> listeners;
  uint32_t workers = 0;
  io::BackendKind backend = io::BackendKind::automatic;
  Text<256> backend_note;             // why it is not io_uring
  std::vector<std::string> warnings;  // of certificates that expire soon
  std::vector<std::string> tls;       // where records are sealed and opened, and why
};

struct Receipt {
  bool complete = false;  // nothing had to be forced
  uint64_t finished = 0;  // exchanges that ended in order while draining
  uint64_t closed_idle = 0;
  uint64_t tunnels = 0;  // whose both sides ended while draining
  uint64_t forced = 0;   // connections cut at a deadline, also those of tunnels
  int64_t duration_ns = 0;
};

class Proxy {
 public:
  // make_sink(worker): where that worker's records go; nullptr (or an empty function): nowhere.
  // Sinks must outlive the proxy's threads.
  using MakeSink = std::function<RecordSink*(uint32_t worker)>;

  // Told of what has come up before anybody is served by it.
  using Ready = std::function<void(const Report&)>;

  // Binds, starts the workers and listens. Fails, naming the listener, if an address can't be had.
  static Result<std::unique_ptr<Proxy>> start(Config config, const MakeSink& make_sink = {},
                                              const Ready& ready = {}, Host host = {});
  // What a start would read of files: fails as that would, and else tells of what it would warn.
  // `errors`: what is wrong with files, all of it and not just the first.
  static Result<std::vector<std::string>> check(Config config,
                                                std::vector<std::string>* errors = nullptr);
  ~Proxy();  // cuts what is left
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  Report report() const;      // of what is in force; any thread
  Snapshot snapshot() const;  // any thread
  Totals totals() const;      // the same, and no more than what is counted
  Details details() const;    // any thread

  // Another configuration: new connections are served by it, those that are open end with theirs
  // (after their next answer, at the latest). Addresses that both have keep their sockets, origins
  // that both have their connections; files of TLS are read again. If it can't be had, nothing has
  // changed. What only a start can change (workers, io) stays, and is warned of. Waits until all
  // workers have it. Any thread, one after the other.
  Result<std::vector<std::string>> reload(Config config, const Ready& ready = {});

  // Serves a connected stream socket as if the listener with that id (ListenerConfig::id) had
  // accepted it. Takes the fd, whatever comes of it. Any thread; does not wait.
  Result<void> serve(Fd fd, uint64_t listener_id);

  // What lies before the host. Outlives the proxy with whoever holds it.
  const std::shared_ptr<HookQueue>& hooks() const;

  // Stop accepting, close idle connections, let exchanges come to their end with Connection: close;
  // what is left at the deadline is cut. Waits. cut() from another thread ends it at once.
  Receipt drain(int64_t timeout_ms);
  void cut();  // any thread, also a signal-waiting one

 private:
  class Impl;
  explicit Proxy(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace zest::proxy
