#include "proxy/passage.h"

#include "proxy/listener.h"
#include "proxy/worker.h"

namespace zest::proxy {
namespace {

constexpr TunnelEnd end_of(tunnel::End end) {
  return static_cast<TunnelEnd>(static_cast<uint8_t>(end) + 1);
}
static_assert(end_of(tunnel::End::done) == TunnelEnd::done);
static_assert(end_of(tunnel::End::b_broken) == TunnelEnd::origin_broken);
static_assert(end_of(tunnel::End::end_timeout) == TunnelEnd::end_timeout);
static_assert(end_of(tunnel::End::mismatch) == TunnelEnd::mismatch);

Timeout timeout_of(tunnel::End end) {
  switch (end) {
    case tunnel::End::idle_timeout: return Timeout::tunnel_idle;
    case tunnel::End::end_timeout: return Timeout::tunnel_end;
    case tunnel::End::total_timeout: return Timeout::tunnel_total;
    default: return Timeout::none;
  }
}

tunnel::Limits limits_of(const Timeouts& timeouts) {
  return {.idle_timeout_ms = timeouts.tunnel_idle_ms,
          .total_timeout_ms = timeouts.tunnel_total_ms,
          .end_timeout_ms = timeouts.tunnel_end_ms};
}

}  // namespace

Passage::Passage(Listener& listener, const sys::Address& client)
    : listener_(listener),
      client_(client),
      tunnel_(listener.worker().engines(), Fd(), Fd(),
              static_cast<tunnel::EngineChoice>(listener.worker().tunnel_engine())) {}

void Passage::hold(upstream::Pool& pool, upstream::Peer& peer) {
  pool_ = &pool;
  peer_ = &peer;
}

void Passage::begin(std::unique_ptr<Passage> passage) { passage.release()->start(); }

void Passage::start() {
  Worker& worker = listener_.worker();
  worker.begun(*this);
  worker.counters().tunnels.add();
  worker.tunnel_begun();
  tunnel_.start(limits_of(listener_.config().timeouts), this, call<&Passage::over>);
  if (worker.draining()) tunnel_.drain();
  if (worker.scope().cancelled()) tunnel_.cancel();
}

void Passage::shed() {
  listener_.worker().count(limit_ = Limit::buffers);
  cancel();
}

void Passage::over() noexcept {
  const tunnel::Ended ended = tunnel_.ended();
  timeout_ = timeout_of(ended.end);
  count(ended);
  if (note_) write_note(ended);
  leave();
  delete this;
}

void Passage::count(const tunnel::Ended& ended) {
  Worker& worker = listener_.worker();
  Counters& counters = worker.counters();
  const auto [up, down] = ended.bytes;
  counters.tunnel_ends[static_cast<size_t>(end_of(ended.end))].add();
  counters.bytes_from_clients.add(up);
  counters.bytes_to_origins.add(up);
  counters.bytes_from_origins.add(down);
  counters.bytes_to_clients.add(down);
  if (timeout_ != Timeout::none) worker.count(timeout_);
  if (client().error()) counters.connections_reset.add();
  worker.tunnel_ended(ended.end == tunnel::End::end_timeout || ended.end == tunnel::End::cancelled);
}

void Passage::write_note(const tunnel::Ended& ended) {
  note_->client = client_.unpack();
  note_->record.timeout = timeout_;
  note_->record.limit = limit_;
  note_->write(listener_, pool_, end_of(ended.end), ended);
}

// The places that both connections had.
void Passage::leave() {
  client().close();
  far().close();
  if (pool_) pool_->left(*peer_);
  listener_.let_go(client_.unpack());
  listener_.worker().counters().connections_closed.add();
}

}  // namespace zest::proxy
