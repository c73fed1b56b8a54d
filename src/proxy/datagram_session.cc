#include <poll.h>

#include <algorithm>

#include "proxy/datagrams.h"
#include "proxy/listener.h"
#include "proxy/worker.h"

namespace zest::proxy {
namespace {

constexpr int batches_max = 4;
// While draining nobody who is silent for so long is waited for.
constexpr uint32_t drain_quiet_ms = 1'000;
// Who sends to somebody that does not answer may be nobody.
constexpr uint32_t unanswered_ms = 5'000;

}  // namespace

DatagramSession::DatagramSession(Datagrams& home, Listener& listener, upstream::Pool& pool,
                                 upstream::Peer& peer, Fd fd, const sys::Address& client,
                                 const net::LocalIp& here)
    : home_(home),
      listener_(listener),
      pool_(pool),
      peer_(peer),
      fd_(std::move(fd)),
      client_(client),
      here_(here),
      idle_ms_(listener.config().timeouts.tunnel_idle_ms),
      began_ns_(home.worker_.loop().now_ns()),
      active_ns_(began_ns_) {
  const uint32_t total_ms = listener.config().timeouts.tunnel_total_ms;
  deadline_ns_ = total_ms ? deadline_after_ms(began_ns_, total_ms) : never_ns;
  peer_.active.fetch_add(1, std::memory_order_relaxed);
}

// Its place is another's. The listener's setup may go afterwards, and the peer with it.
void DatagramSession::leave() {
  peer_.active.fetch_sub(1, std::memory_order_relaxed);
  home_.worker_.counters().connections_closed.add();
  listener_.let_go(client_);
}

void DatagramSession::begin() {
  net::prepare_datagrams(fd_.get(), false);
  home_.worker_.loop().start_timer(timer_, quiet_at_ns());
  wait();
}

void DatagramSession::wait() { home_.worker_.loop().poll(poll_, fd_.get(), POLLIN); }

int64_t DatagramSession::quiet_at_ns() const {
  const uint32_t idle_ms = answered_ ? idle_ms_ : std::min(idle_ms_, unanswered_ms);
  return std::min(deadline_ns_, deadline_after_ms(active_ns_, idle_ms));
}

// What there is no room for is lost, as it would be on its way.
int DatagramSession::pass_up(size_t first, size_t count) {
  Counters& counters = home_.worker_.counters();
  active_ns_ = home_.worker_.loop().now_ns();
  here_ = home_.batch_.to(first + count - 1);
  uint64_t size = 0;
  for (size_t i = first; i < first + count; ++i) size += home_.batch_.size(i);
  counters.bytes_from_clients.add(size);
  bytes_[0] += size;
  const auto sent = home_.batch_.send(fd_.get(), first, count);
  counters.bytes_to_origins.add(sent.bytes);
  counters.datagrams_dropped.add(home_.batch_.parts(first, count) - sent.datagrams);
  return sent.error == ECONNREFUSED ? sent.error : 0;
}

void DatagramSession::readable(io::Completion completion) noexcept {
  if (over_) {
    Datagrams& home = home_;
    home.worker_.loop().close(std::move(fd_));
    delete this;
    return home.finish();
  }
  if (completion.result < 0 || !pass_down()) return home_.end(*this, TunnelEnd::origin_broken);
  wait();
}

void DatagramSession::answered() {
  active_ns_ = home_.worker_.loop().now_ns();
  answered_ = true;
  unlink();
}

// False: the origin is gone.
bool DatagramSession::pass_down() {
  Counters& counters = home_.worker_.counters();
  net::DatagramBatch& batch = home_.batch_;
  for (int round = 0; round < batches_max; ++round) {
    const int received = batch.receive(fd_.get());
    if (received <= 0) return received != -ECONNREFUSED;
    answered();
    const auto count = static_cast<size_t>(received);
    uint64_t size = 0;
    for (size_t i = 0; i < count; ++i) size += batch.size(i);
    counters.bytes_from_origins.add(size);
    const auto sent = batch.send_to(home_.fd_.get(), 0, count, client_, here_);
    counters.datagrams_to_clients.add(sent.datagrams);
    counters.bytes_to_clients.add(sent.bytes);
    bytes_[1] += sent.bytes;
    counters.datagrams_dropped.add(batch.parts(0, count) - sent.datagrams);
  }
  return true;
}

void DatagramSession::quiet() noexcept {
  io::Loop& loop = home_.worker_.loop();
  const int64_t at_ns = quiet_at_ns();
  if (loop.now_ns() < at_ns) return loop.start_timer(timer_, at_ns);
  const bool late = loop.now_ns() >= deadline_ns_;
  if (home_.closing_) return home_.end(*this, late ? TunnelEnd::end_timeout : TunnelEnd::done);
  home_.end(*this, late ? TunnelEnd::total_timeout : TunnelEnd::idle_timeout);
}

void DatagramSession::drain() {
  io::Loop& loop = home_.worker_.loop();
  idle_ms_ = std::min(idle_ms_, drain_quiet_ms);
  const uint32_t end_ms = listener_.config().timeouts.tunnel_end_ms;
  deadline_ns_ = std::min(deadline_ns_, deadline_after_ms(loop.now_ns(), end_ms));
  loop.start_timer(timer_, quiet_at_ns());
}

// Frees itself, soon.
void DatagramSession::end() {
  over_ = true;
  timer_.stop();
  leave();
  io::Loop& loop = home_.worker_.loop();
  if (busy()) return loop.cancel(poll_);
  Datagrams& home = home_;
  loop.close(std::move(fd_));
  delete this;
  home.finish();
}

void DatagramSession::write_note(TunnelEnd how) {
  Record record;
  record.began_ns = began_ns_;
  record.duration_ns = home_.worker_.loop().now_ns() - began_ns_;
  record.client = &client_;
  record.origin = &peer_.address;
  record.upstream = pool_.config().name;
  record.listener = listener_.index();
  record.bytes_in = bytes_[0];
  record.bytes_out = bytes_[1];
  record.tunnel = how;
  home_.worker_.sink()->record(record);
}

}  // namespace zest::proxy
