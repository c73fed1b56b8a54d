#include "acceptor/host.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <array>
#include <new>

#include "support/backends.h"
#include "support/torture.h"
#include "sys/fault.h"

namespace zest::test {
namespace {

using acceptor::Accepted;
using acceptor::Service;

// As capi/guard.h does it: allocations inside may fail, and that is an answer.
template <typename Body>
auto guarded(Body body) -> decltype(body()) {
  try {
    const sys::fault::Inside inside;
    return body();
  } catch (const std::bad_alloc&) {
    if constexpr (std::is_same_v<decltype(body()), Status>)
      return Status::out_of_memory;
    else
      return fail(Status::out_of_memory, "out of memory");
  }
}

}  // namespace

ListenerConfig on(const std::string& address, uint64_t id) {
  ListenerConfig config;
  config.id = id;
  config.address = address;
  return config;
}

std::vector<ListenerConfig> one(ListenerConfig config) {
  std::vector<ListenerConfig> configs;
  configs.push_back(std::move(config));
  return configs;
}

Settings settings_for(io::BackendKind kind, uint32_t threads) {
  Settings settings;
  settings.threads_per_address = threads;
  settings.backend = kind;
  return settings;
}

void on_each_mode(const std::function<void(const Settings&)>& body) {
  on_each_backend([&](io::BackendKind kind) {
    for (const bool shards : {false, true}) {
      if (fault_fired()) return;
      CAPTURE(shards);
      Settings settings = settings_for(kind);
      settings.shards = shards;
      body(settings);
    }
  });
}

Host::Host(std::vector<ListenerConfig> configs, const Settings& settings) : settings_(settings) {
  auto started = guarded([&] { return Service::start(std::move(configs), settings, report_); });
  REQUIRE_MESSAGE(started.has_value(), started.error().message.c_str());
  service_ = std::move(*started);
}

Status Host::take(std::vector<Taken>& into, int64_t timeout_ms, size_t most) {
  if (!driven()) return take_round(into, timeout_ms, most);
  const int64_t deadline_ns = deadline_after_ms(system_clock().now_ns(), timeout_ms);
  for (;;) {
    uint32_t closed = 0;
    for (uint32_t shard = 0; shard < service_->shard_count(); ++shard) {
      const Status status = take_from(shard, into, 0, most);
      if (status == Status::closed) ++closed;
      if (status != Status::closed && status != Status::timed_out) return status;
    }
    if (closed == service_->shard_count()) return Status::closed;
    if (system_clock().now_ns() >= deadline_ns) return Status::timed_out;
    ::usleep(200);
  }
}

Status Host::take_round(std::vector<Taken>& into, int64_t timeout_ms, size_t most) {
  return take_from(UINT32_MAX, into, timeout_ms, most);
}

Status Host::take_from(uint32_t shard, std::vector<Taken>& into, int64_t timeout_ms, size_t most) {
  std::array<Accepted, 256> places;
  size_t count = 0;
  const auto out = std::span(places).first(std::min(most, places.size()));
  const Status status = guarded([&] {
    return shard == UINT32_MAX ? service_->next(out, count, timeout_ms)
                               : service_->shard_next(shard, out, count, timeout_ms);
  });
  if (status != Status::ok) return status;
  for (const Accepted& accepted : out.first(count)) {
    const acceptor::SocketInfo& socket = service_->socket(accepted.listener);
    into.push_back({.fd = Fd(accepted.fd),
                    .listener_id = socket.listener_id,
                    .shard = socket.shard,
                    .protocol = socket.protocol,
                    .at_ns = accepted.at_ns});
  }
  return status;
}

void Host::let_work() {
  std::vector<Taken> none;
  if (driven()) take(none, 0, 0);
}

std::vector<Taken> Host::take_all(size_t count) {
  std::vector<Taken> taken;
  const int64_t deadline_ns = deadline_after_ms(system_clock().now_ns(), patience_ms());
  while (taken.size() < count) {
    const int64_t left_ms = (deadline_ns - system_clock().now_ns()) / ns_per_ms;
    if (left_ms <= 0) break;
    const Status status = take(taken, std::min(left_ms, patience_ms()), count - taken.size());
    if (status != Status::ok && status != Status::timed_out) break;
  }
  return taken;
}

Status Host::take_end(std::vector<Taken>* rest) {
  std::vector<Taken> taken;
  Status status = Status::ok;
  while (status == Status::ok) status = take(taken, patience_ms());
  if (rest) *rest = std::move(taken);
  return status;
}

acceptor::Receipt Host::shut_down(int64_t timeout_ms) {
  acceptor::Receipt receipt;
  guarded([&] { return service_->shutdown(timeout_ms, receipt); });
  return receipt;
}

acceptor::Receipt Host::shut_down() { return shut_down(fault_fired() ? 500 : 10'000); }

uint64_t Host::sum(Count acceptor::Counters::* member) const {
  uint64_t sum = 0;
  for (uint32_t i = 0; i < service_->shard_count(); ++i)
    sum += (service_->stats(i).counters->*member).get();
  return sum;
}

Error refused_to_start(std::vector<ListenerConfig> configs, const Settings& settings,
                       acceptor::Report* report) {
  acceptor::Report rows;
  auto started = guarded([&] { return Service::start(std::move(configs), settings, rows); });
  if (report) *report = rows;
  REQUIRE_FALSE(started.has_value());
  return started.error();
}

int64_t patience_ms() { return fault_fired() ? 50 : 20'000; }

bool eventually(const std::function<bool()>& condition) {
  const int64_t begin_ns = system_clock().now_ns();
  while (!condition()) {
    if (system_clock().now_ns() - begin_ns > patience_ms() * ns_per_ms) return false;
    ::usleep(500);
  }
  return true;
}

}  // namespace zest::test
