#include "proxy/datagrams.h"

#include <poll.h>

#include <new>

#include "proxy/listener.h"
#include "proxy/worker.h"
#include "sys/socket.h"

namespace zest::proxy {
namespace {

// So many batches before others of the loop have their turn.
constexpr int batches_max = 4;

std::string_view key_of(const sys::Address& client) {
  return {reinterpret_cast<const char*>(client.get()), client.size()};
}

bool same(const sys::Address& one, const sys::Address& other) { return one == other; }

}  // namespace

Datagrams::Datagrams(Worker& worker, Fd fd) : worker_(worker), fd_(std::move(fd)) {
  const auto local = sys::local_address(fd_.get());
  net::prepare_datagrams(fd_.get(), local && local->is_wildcard());
}

Datagrams::~Datagrams() { ZEST_ASSERT(sessions_.empty() && ended_.empty()); }

void Datagrams::begin(Listener& listener) {
  listener_ = &listener;
  if (!poll_.in_flight()) receive();
}

void Datagrams::receive() { worker_.loop().poll(poll_, fd_.get(), POLLIN); }

void Datagrams::readable(io::Completion completion) noexcept {
  if (completion.result == -ECANCELED) return finish();
  for (int round = 0; round < batches_max; ++round) {
    const int count = batch_.receive(fd_.get());
    if (count <= 0) break;
    pass_up(static_cast<size_t>(count));
  }
  if (closing_ && sessions_.empty()) return finish();
  receive();
}

// Those of one client that stand together go in one call.
void Datagrams::pass_up(size_t count) {
  for (size_t first = 0, next = 0; first < count; first = next) {
    const sys::Address& client = batch_.from(first);
    for (next = first + 1; next < count && same(batch_.from(next), client);) ++next;
    const size_t datagrams = batch_.parts(first, next - first);
    worker_.counters().datagrams_from_clients.add(datagrams);
    DatagramSession* session = find(client, batch_.to(first));
    if (!session) {
      worker_.counters().datagrams_dropped.add(datagrams);
    } else if (session->pass_up(first, next - first) != 0) {
      end(*session, TunnelEnd::origin_broken);
    }
  }
}

DatagramSession* Datagrams::find(const sys::Address& client, const net::LocalIp& here) {
  const auto found = sessions_.find(key_of(client));
  if (found != sessions_.end()) return found->second.get();
  return closing_ ? nullptr : make(client, here);
}

DatagramSession* Datagrams::make(const sys::Address& client, const net::LocalIp& here) {
  worker_.counters().connections_accepted.add();
  if (!admit(client)) {
    worker_.counters().connections_closed.add();
    return nullptr;
  }
  upstream::Pool& pool = listener_->setup().pool(listener_->config().upstream);
  upstream::Peer& peer = *pool.pick({});
  auto fd = sys::open_socket(peer.address.family(), SOCK_DGRAM);
  const bool connected = fd && ::connect(fd->get(), peer.address.get(), peer.address.size()) == 0;
  auto session = std::unique_ptr<DatagramSession>(
      connected ? new (std::nothrow)
                      DatagramSession(*this, *listener_, pool, peer, std::move(*fd), client, here)
                : nullptr);
  if (!session) {
    if (!fd && sys::is_shortage(fd.error().os_errno)) {
      worker_.count(Limit::fds);
      give_up_oldest();  // for the next who comes
    }
    worker_.counters().upstream_connect_failures.add();
    worker_.counters().connections_closed.add();
    listener_->let_go(client);
    return nullptr;
  }
  worker_.counters().upstream_connects.add();
  worker_.counters().tunnels.add();
  worker_.tunnel_begun();
  DatagramSession& made = *session;
  sessions_.emplace(key_of(client), std::move(session));
  unanswered_.push_back(made);
  made.begin();
  return &made;
}

// Anybody can write any address into a datagram: whom no origin has answered makes room.
bool Datagrams::admit(const sys::Address& client) {
  const Limit limit = listener_->admit(client);
  if (limit == Limit::none) return true;
  const bool of_all = limit != Limit::connections_per_client;
  return of_all && give_up_oldest() && listener_->admit(client) == Limit::none;
}

bool Datagrams::give_up_oldest() {
  DatagramSession* oldest = unanswered_.front();
  if (oldest) end(*oldest, TunnelEnd::cut);
  return oldest != nullptr;
}

void Datagrams::end(DatagramSession& session, TunnelEnd how) {
  const auto found = sessions_.find(key_of(session.client()));
  (void)found->second.release();
  sessions_.erase(found);
  session.unlink();
  ended_.push_back(session);
  worker_.counters().tunnel_ends[static_cast<size_t>(how)].add();
  worker_.tunnel_ended(how == TunnelEnd::end_timeout || how == TunnelEnd::cut);
  if (worker_.sink()) session.write_note(how);
  session.end();
}

void Datagrams::close() {
  if (closing_) return;
  closing_ = true;
  for (const auto& [key, session] : sessions_) session->drain();
  if (sessions_.empty()) cut();
}

void Datagrams::cut() {
  closing_ = true;
  while (!sessions_.empty()) end(*sessions_.begin()->second, TunnelEnd::cut);
  if (poll_.in_flight() && !poll_.cancelling()) worker_.loop().cancel(poll_);
  finish();
}

// The socket goes after the last who answers through it.
void Datagrams::finish() {
  if (!closing_ || !sessions_.empty() || !ended_.empty() || over()) return;
  if (poll_.in_flight()) {
    if (!poll_.cancelling()) worker_.loop().cancel(poll_);
    return;
  }
  worker_.loop().close(std::move(fd_));
}

}  // namespace zest::proxy
