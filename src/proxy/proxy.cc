#include "proxy/proxy.h"

#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <mutex>
#include <tuple>

#include "proxy/completed.h"
#include "proxy/listening.h"
#include "proxy/setup.h"
#include "proxy/snapshot.h"
#include "proxy/worker.h"
#include "sys/socket.h"
#include "sys/system.h"

namespace zest::proxy {
namespace {

constexpr useconds_t step_us = 2000;

// What a loop and its thread are made from.
auto fixed_part(const Config& config) {
  return std::tuple(config.workers, config.pin_cpus, config.backend, config.sq_depth,
                    config.buf_count, config.buf_size, config.sqpoll, config.tunnel_engine);
}

}  // namespace

class Proxy::Impl {
 public:
  Impl(const Config& config, Host host) : shared_(config, std::move(host)) {}

  Result<void> start(Config config, const MakeSink& make_sink, const Ready& ready);
  Result<std::vector<std::string>> reload(Config config, const Ready& ready);
  Result<void> serve(Fd fd, uint64_t listener_id);
  Report report() const;
  Snapshot snapshot() const;
  Totals totals() const;
  Details details() const;
  Receipt drain(int64_t timeout_ms);
  void cut();
  const std::shared_ptr<HookQueue>& hooks() const { return shared_.hooks; }

 private:
  Result<void> start_workers(const MakeSink& make_sink);
  Result<std::vector<std::string>> adopt(Config config, const Ready& ready);
  Result<Report> listen(const Setup& setup, Setups& setups) const;
  Result<ListenerReport> listen(const SharedListener& listener, size_t index, Setups& setups) const;
  const ListenerReport& row_of(const Place& place) const;
  void remove_paths(const Setup& of, const Setup* in_force) const;
  std::vector<Worker*> running() const;  // those that were not lost
  bool ended() const;

  Shared shared_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::mutex reloads_;        // one at a time, and none while draining
  mutable std::mutex mutex_;  // of what follows
  Places places_;
  std::shared_ptr<const Setup> setup_;
  Report report_;
};

Result<void> Proxy::Impl::start(Config config, const MakeSink& make_sink, const Ready& ready) {
  if (auto started = start_workers(make_sink); !started) return started;
  auto adopted = adopt(std::move(config), ready);
  if (!adopted) return fail(adopted.error());
  return {};
}

Result<void> Proxy::Impl::start_workers(const MakeSink& make_sink) {
  if (shared_.start.tunnel_engine == TunnelEngine::sockmap) {
    shared_.sockmap = tunnel::Sockmap::create();
    shared_.sockmap->on_given_up(shared_.sockmap_given_up);
  }
  for (uint32_t i = 0; i < shared_.start.workers; ++i) {
    RecordSink* sink = make_sink ? make_sink(i) : nullptr;
    workers_.push_back(std::make_unique<Worker>(shared_, i, sink));
    if (auto started = workers_.back()->start(); !started) return started;
  }
  return {};
}

Result<std::vector<std::string>> Proxy::Impl::reload(Config config, const Ready& ready) {
  const std::lock_guard one_at_a_time(reloads_);
  if (shared_.drain_deadline_ns.load() != never_ns)
    return fail(Status::closed, "the proxy is draining");
  const bool same = fixed_part(config) == fixed_part(shared_.start);
  auto warnings = adopt(std::move(config), ready);
  if (warnings && !same)
    warnings->emplace_back("workers and io are as they were: only a restart changes them");
  return warnings;
}

// All that can fail comes first.
Result<std::vector<std::string>> Proxy::Impl::adopt(Config config, const Ready& ready) {
  const std::shared_ptr<const Setup> old = setup_;
  const std::vector<Worker*> workers = running();
  if (workers.empty()) return fail(Status::closed, "no worker is left");
  const auto setup = std::make_shared<Setup>(std::move(config), places_, old.get());
  const auto now_s = static_cast<int64_t>(::time(nullptr));
  if (auto prepared = setup->prepare_tls(shared_.clock, now_s); !prepared)
    return fail(prepared.error());
  Setups setups;
  for (Worker* worker : workers) setups.push_back(worker->prepare(setup));
  auto report = listen(*setup, setups);
  if (!report) {
    remove_paths(*setup, old.get());
    return fail(report.error());
  }
  if (ready) ready(*report);
  for (size_t i = 0; i < workers.size(); ++i) workers[i]->adopt(std::move(setups[i]));
  for (Worker* worker : workers) worker->wait_until_adopted();
  if (old) remove_paths(*old, setup.get());
  const std::lock_guard lock(mutex_);
  setup_ = setup;
  report_ = std::move(*report);
  return setup->warnings;
}

Result<Report> Proxy::Impl::listen(const Setup& setup, Setups& setups) const {
  Report report{.listeners = {},
                .workers = shared_.start.workers,
                .backend = workers_.front()->backend(),
                .backend_note = workers_.front()->backend_note(),
                .warnings = setup.warnings,
                .tls = setup.tls_notes};
  if (shared_.sockmap && !shared_.sockmap->usable()) {
    Text<300> note;
    note.append("tunnels pass as with \"auto\", not through the socket map: %s",
                shared_.sockmap->note().c_str());
    report.warnings.emplace_back(note.view());
  }
  for (size_t i = 0; i < setup.listeners.size(); ++i) {
    auto row = listen(setup.listeners[i], i, setups);
    if (!row) return fail(row.error());
    report.listeners.push_back(*row);
  }
  return report;
}

Result<ListenerReport> Proxy::Impl::listen(const SharedListener& listener, size_t index,
                                           Setups& setups) const {
  const bool has_socket = listener.config.bind.family() != AF_UNSPEC;
  if (!listener.kept || !has_socket) return open_sockets(listener, index, setups, setup_.get());
  ListenerReport row = row_of(*listener.place);
  row.mode = listener.config.mode;
  row.encrypted = listener.config.tls.has_value();
  return row;
}

// As it came up.
const ListenerReport& Proxy::Impl::row_of(const Place& place) const {
  size_t index = 0;
  while (setup_->listeners[index].place.get() != &place) ++index;
  return report_.listeners[index];
}

// Of Unix sockets that are not in force.
void Proxy::Impl::remove_paths(const Setup& of, const Setup* in_force) const {
  for (const SharedListener& listener : of.listeners)
    if (!listens(in_force, *listener.place)) listener.place->path.remove();
}

// By the worker that has fewest.
Result<void> Proxy::Impl::serve(Fd fd, uint64_t listener_id) {
  if (shared_.drain_deadline_ns.load() != never_ns)
    return fail(Status::closed, "the proxy is draining");
  if (auto fit = sys::adopt_connection(fd.get()); !fit) return fit;
  {
    const std::lock_guard lock(mutex_);
    if (!setup_->with_id(listener_id))
      return fail(Status::invalid_argument, "no [[listener]] has id %llu",
                  static_cast<unsigned long long>(listener_id));
  }
  const std::vector<Worker*> workers = running();
  const auto worker = std::ranges::min_element(workers, {}, &Worker::load);
  if (worker == workers.end()) return fail(Status::closed, "no worker is left");
  return (*worker)->serve(std::move(fd), listener_id);
}

std::vector<Worker*> Proxy::Impl::running() const {
  std::vector<Worker*> running;
  for (const auto& worker : workers_)
    if (!worker->lost()) running.push_back(worker.get());
  return running;
}

Report Proxy::Impl::report() const {
  const std::lock_guard lock(mutex_);
  return report_;
}

Totals Proxy::Impl::totals() const {
  Totals totals{};
  for (const auto& worker : workers_) add(totals, worker->counters());
  return totals;
}

Details Proxy::Impl::details() const {
  const std::lock_guard lock(mutex_);
  Details details = details_of(*setup_, shared_.clock.now_ns());
  for (size_t i = 0; i < details.listeners.size(); ++i)
    details.listeners[i].address = report_.listeners[i].address;
  return details;
}

Snapshot Proxy::Impl::snapshot() const {
  Snapshot snapshot;
  snapshot.backend = workers_.front()->backend();
  for (const auto& worker : workers_) {
    add(snapshot.totals, worker->counters());
    add(snapshot, worker->figures());
    snapshot.workers += !worker->lost();
  }
  snapshot.hooks = shared_.hooks->waiting();
  snapshot.buffers = uint64_t{shared_.start.buf_count} * workers_.size();
  const std::lock_guard lock(mutex_);
  for (const SharedListener& listener : setup_->listeners) {
    const sys::AcceptQueue queue = listener.place->sockets.queue();
    snapshot.accept_queue += queue.depth;
    snapshot.accept_queue_max += queue.most;
  }
  return snapshot;
}

bool Proxy::Impl::ended() const {
  for (const auto& worker : workers_)
    if (!worker->ended()) return false;
  return true;
}

Receipt Proxy::Impl::drain(int64_t timeout_ms) {
  const int64_t began_ns = shared_.clock.now_ns();
  {
    const std::lock_guard no_reload(reloads_);
    // A second drain only brings the deadline forward. never_ns is the latest.
    shared_.drain_until(deadline_after_ms(began_ns, timeout_ms));
    for (const auto& worker : workers_) worker->drain();
  }
  while (!ended()) ::usleep(step_us);
  Receipt receipt;
  for (const auto& worker : workers_) {
    receipt.finished += worker->drained().finished.get();
    receipt.closed_idle += worker->drained().closed_idle.get();
    receipt.tunnels += worker->drained().tunnels.get();
    receipt.forced += worker->drained().forced.get();
  }
  receipt.complete = receipt.forced == 0;
  receipt.duration_ns = shared_.clock.now_ns() - began_ns;
  return receipt;
}

// For who comes later, as a drain whose deadline is now.
void Proxy::Impl::cut() {
  shared_.drain_until(shared_.clock.now_ns());
  for (const auto& worker : workers_) worker->cut();
}

Proxy::Proxy(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Proxy::~Proxy() { impl_->cut(); }

Result<std::unique_ptr<Proxy>> Proxy::start(Config config, const MakeSink& make_sink,
                                            const Ready& ready, Host host) {
  if (config.listeners.empty()) return fail(Status::invalid_argument, "no listener");
  config = completed(std::move(config));
  auto impl = std::make_unique<Impl>(config, std::move(host));
  if (auto started = impl->start(std::move(config), make_sink, ready); !started)
    return fail(started.error());
  return std::unique_ptr<Proxy>(new Proxy(std::move(impl)));
}

Result<std::vector<std::string>> Proxy::reload(Config config, const Ready& ready) {
  if (config.listeners.empty()) return fail(Status::invalid_argument, "no listener");
  return impl_->reload(completed(std::move(config)), ready);
}

Result<std::vector<std::string>> Proxy::check(Config config, std::vector<std::string>* errors) {
  Places places;
  Setup setup(std::move(config), places, nullptr);
  const SystemClock clock;
  const auto prepared = setup.prepare_tls(clock, static_cast<int64_t>(::time(nullptr)));
  if (errors) *errors = std::move(setup.file_errors);
  if (!prepared) return fail(prepared.error());
  return setup.warnings;
}

Result<void> Proxy::serve(Fd fd, uint64_t listener_id) {
  return impl_->serve(std::move(fd), listener_id);
}
Report Proxy::report() const { return impl_->report(); }
Snapshot Proxy::snapshot() const { return impl_->snapshot(); }
Totals Proxy::totals() const { return impl_->totals(); }
Details Proxy::details() const { return impl_->details(); }
const std::shared_ptr<HookQueue>& Proxy::hooks() const { return impl_->hooks(); }
Receipt Proxy::drain(int64_t timeout_ms) { return impl_->drain(timeout_ms); }
void Proxy::cut() { impl_->cut(); }

}  // namespace zest::proxy
