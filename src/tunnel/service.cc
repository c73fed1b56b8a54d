#include "tunnel/service.h"

#include <algorithm>
#include <chrono>

#include "sys/connected.h"
#include "sys/cpu.h"
#include "sys/socket.h"

namespace zest::tunnel {
namespace {

Result<void> adopt(Request& request) {
  auto& [a, b] = request.sides;
  if (a.get() == b.get()) (void)b.release();  // closed once
  if (!a.valid() || !b.valid())
    return fail(Status::invalid_argument, "a tunnel joins two connections");
  for (const Fd& side : request.sides)
    if (auto fit = sys::adopt_connection(side.get()); !fit) return fit;
  const auto same = sys::same_socket(a.get(), b.get());
  if (!same) return fail(same.error());
  if (*same)
    return fail(Status::invalid_argument, "fds %d and %d are one socket, a tunnel joins two",
                a.get(), b.get());
  for (const Preread& preread : request.preread)
    if (preread.size > Preread::size_max)
      return fail(Status::invalid_argument, "%zu bytes that were read before, at most %zu",
                  preread.size, Preread::size_max);
  return {};
}

uint32_t thread_count(const ServiceConfig& config) {
  if (config.threads > 0) return config.threads;
  const auto cpus = sys::allowed_cpus();
  return cpus ? static_cast<uint32_t>(cpus->size()) : 1;
}

}  // namespace

Service::Service(const ServiceConfig& config, sys::Notifier notifier)
    : shared_(config, std::move(notifier)) {}

Result<std::unique_ptr<Service>> Service::start(const ServiceConfig& config) {
  auto notifier = sys::Notifier::open(config.notifier);
  if (!notifier) return fail(notifier.error());
  auto service = std::make_unique<Service>(config, std::move(*notifier));
  if (auto started = service->start_carriers(); !started) return fail(started.error());
  return service;
}

Result<void> Service::start_carriers() {
  if (shared_.config.sockmap) shared_.sockmap = Sockmap::create();
  const uint32_t threads = thread_count(shared_.config);
  for (uint32_t i = 0; i < threads; ++i) {
    carriers_.push_back(std::make_unique<Carrier>(shared_, i));
    if (auto started = carriers_.back()->start(); !started) return started;
  }
  return {};
}

// Who waits inside is answered once nothing is open.
Service::~Service() {
  calls_.close();
  cut();
  {
    std::unique_lock lock(shared_.mutex);
    shared_.changed.wait(lock, [this] { return shared_.open == 0; });
  }
  shared_.endings.close();
  calls_.wait_until_empty();
}

Result<uint64_t> Service::join(Request request) {
  if (auto fit = adopt(request); !fit) return fail(fit.error());
  return enter(std::move(request));
}

Result<uint64_t> Service::enter(Request request) {
  auto node = request.silent ? nullptr : std::make_unique<EndingNode>();
  const std::lock_guard lock(shared_.mutex);
  if (shared_.closing) return fail(Status::closed, "the tunnels are being shut down");
  if (shared_.held >= shared_.config.tunnels) {
    ++shared_.totals.refused;
    return fail(Status::limit_reached, "%zu tunnels are open, or ended and not taken",
                shared_.held);
  }
  Carrier* const carrier = least_loaded();
  if (!carrier)
    return fail(Status::closed, "the kernel refuses io_uring to every thread of tunnels");
  const uint64_t id = shared_.next_id++;
  auto carried = std::make_unique<Carried>(*carrier, std::move(request), id, std::move(node));
  shared_.by_id.emplace(id, carried.get());
  ++shared_.open;
  ++shared_.held;
  ++shared_.totals.joined;
  carrier->begin(*carried.release());
  return id;
}

Carrier* Service::least_loaded() {
  Carrier* least = nullptr;
  for (const auto& one : carriers_)
    if (!one->lost() && (!least || one->load() < least->load())) least = one.get();
  return least;
}

bool Service::cancel(uint64_t id) { return wish(id, &Wish::cancel); }
bool Service::drain(uint64_t id) { return wish(id, &Wish::drain); }

bool Service::wish(uint64_t id, bool Wish::* what) {
  const std::lock_guard lock(shared_.mutex);
  const auto found = shared_.by_id.find(id);
  if (found == shared_.by_id.end()) return false;
  wish(*found->second, what);
  return true;
}

void Service::wish(Carried& carried, bool Wish::* what) {
  carried.wish().*what = true;
  carried.carrier().ask(carried);
}

void Service::wish_all(bool Wish::* what) {
  for (const auto& [id, carried] : shared_.by_id) wish(*carried, what);
}

Status Service::next(std::span<Ending> into, size_t& count, int64_t timeout_ms) {
  const Status status = shared_.endings.take(into, count, timeout_ms);
  const std::lock_guard lock(shared_.mutex);
  shared_.held -= count;
  return status;
}

ServiceReceipt Service::shutdown(int64_t timeout_ms) {
  const std::lock_guard one_at_a_time(shutdowns_);
  if (receipt_) return *receipt_;
  const int64_t began_ns = shared_.clock.now_ns();
  std::unique_lock lock(shared_.mutex);
  const size_t open = shared_.open;
  close();
  wish_all(&Wish::drain);
  const bool in_time = shared_.changed.wait_for(lock, std::chrono::milliseconds(timeout_ms),
                                                [this] { return shared_.open == 0; });
  const size_t left = shared_.open;
  wish_all(&Wish::cancel);
  shared_.changed.wait(lock, [this] { return shared_.open == 0; });
  receipt_ = {.complete = in_time,
              .finished = open - left,
              .cut = left,
              .duration_ns = shared_.clock.now_ns() - began_ns};
  return *receipt_;
}

void Service::cut() {
  const std::lock_guard lock(shared_.mutex);
  close();
  wish_all(&Wish::cancel);
}

void Service::close() {
  shared_.closing = true;
  if (shared_.open == 0) shared_.endings.close();
}

ServiceSnapshot Service::snapshot() const {
  const Carrier& first = *carriers_.front();
  ServiceSnapshot snapshot{.backend = first.backend(), .note = first.backend_note()};
  if (shared_.sockmap) {
    snapshot.sockmap = shared_.sockmap->usable();
    snapshot.note.append("%s%s", snapshot.note.empty() ? "" : "; ",
                         shared_.sockmap->note().c_str());
  }
  const std::lock_guard lock(shared_.mutex);
  for (const auto& carrier : carriers_) snapshot.threads += !carrier->lost();
  snapshot.open = shared_.open;
  snapshot.waiting = shared_.held - shared_.open;
  snapshot.totals = shared_.totals;
  return snapshot;
}

}  // namespace zest::tunnel
