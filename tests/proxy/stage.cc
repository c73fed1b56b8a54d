#include "proxy/stage.h"

#include <doctest/doctest.h>

#include "support/torture.h"

namespace zest::test {

proxy::Config config_for(BackendKind kind, const sys::Address& origin) {
  proxy::Config config;
  config.workers = 1;
  config.pin_cpus = false;
  config.backend = kind;
  config.sq_depth = 256;
  config.buf_count = 256;
  config.buf_size = 8192;
  config.connections = 10'000;
  config.listeners.resize(1);
  config.listeners[0].bind = *sys::Address::parse("127.0.0.1:0");
  config.listeners[0].timeouts.linger_ms = 300;
  config.upstreams.resize(1);
  config.upstreams[0].name = "app";
  config.upstreams[0].addrs = {origin};
  config.routes.resize(1);
  return config;
}

std::unique_ptr<proxy::Proxy> started(proxy::Config config, proxy::RecordSink* sink,
                                      proxy::Host host) {
  REQUIRE_MESSAGE(!fault_fired(), "a torture run has had what it wanted");
  auto proxy = proxy::Proxy::start(
      std::move(config), [sink](uint32_t) { return sink; }, {}, std::move(host));
  REQUIRE_MESSAGE(proxy.has_value(), proxy.error().message.c_str());
  return std::move(*proxy);
}

void Notes::record(const proxy::Record& record) noexcept {
  const std::lock_guard lock(mutex_);
  notes_.push_back({.status = record.status,
                    .cut = record.cut,
                    .timeout = record.timeout,
                    .limit = record.limit,
                    .method = std::string(record.method),
                    .target = std::string(record.target),
                    .why = record.why,
                    .tunnel = record.tunnel,
                    .client = record.client->format().c_str(),
                    .host = std::string(record.host),
                    .upstream = std::string(record.upstream),
                    .bytes_in = record.bytes_in,
                    .bytes_out = record.bytes_out,
                    .duration_ns = record.duration_ns});
}

std::vector<Notes::Note> Notes::all() const {
  const std::lock_guard lock(mutex_);
  return notes_;
}

Notes::Note Notes::last() const {
  const std::lock_guard lock(mutex_);
  return notes_.empty() ? Note{} : notes_.back();
}

Stage::Stage(BackendKind kind, Origin::Script script, const Change& change, proxy::Host host)
    : origin(std::move(script)) {
  proxy::Config config = config_for(kind, origin.address());
  if (change) change(config);
  proxy = started(std::move(config), &notes, std::move(host));
}

uint64_t Stage::hit(proxy::Limit limit) const {
  return now().totals.limits[static_cast<size_t>(limit)];
}

uint64_t Stage::fired(proxy::Timeout timeout) const {
  return now().totals.timeouts[static_cast<size_t>(timeout)];
}

bool Stage::at_rest() const {
  return eventually([&] {
    const proxy::Snapshot snapshot = now();
    return snapshot.connections == 0 && snapshot.active == 0 &&
           snapshot.buffers_free == snapshot.buffers;
  });
}

Message ask(const Stage& stage, std::string_view request) {
  Client client(stage);
  client.send(request);
  return client.message(request.starts_with("HEAD") ? Kind::answer_to_head : Kind::answer);
}

bool eventually(const std::function<bool()>& condition) {
  const int64_t began_ns = system_clock().now_ns();
  while (!condition()) {
    if (system_clock().now_ns() - began_ns > patience_ms() * ns_per_ms) return false;
    pause_ms(1);
  }
  return true;
}

}  // namespace zest::test
