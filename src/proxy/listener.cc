#include "proxy/listener.h"

#include <new>

#include "proxy/arrival.h"
#include "proxy/connection.h"
#include "proxy/worker.h"

namespace zest::proxy {
namespace {

// After running out of fds or memory.
constexpr int64_t retry_ns = 10 * ns_per_ms;

}  // namespace

Listener::Listener(Worker& worker, const WorkerSetup& setup, const SharedListener& shared)
    : worker_(worker), setup_(setup), shared_(shared) {}

Listener::~Listener() {
  if (fd_.valid()) shared_.place->sockets.remove(fd_.get());
}

void Listener::hold(Fd fd) {
  if (config().mode == Mode::udp) {
    datagrams_ = std::make_unique<Datagrams>(worker_, std::move(fd));
    return;
  }
  fd_ = std::move(fd);
  shared_.place->sockets.add(fd_.get());
}

void Listener::begin() {
  if (datagrams_) return datagrams_->begin(*this);
  if (fd_.valid()) worker_.loop().accept(accept_, fd_.get());
}

void Listener::accepted(io::Completion completion) noexcept {
  if (completion.result >= 0) {
    take(Fd(completion.result));
  } else if (completion.result != -ECANCELED) {
    failed(-completion.result);
  }
  if (completion.more) return;
  if (heir_) return pass_fd();
  if (closing_) return finish_close();
  if (!retry_timer_.running()) begin();
}

// Whom we can't serve is let go at once: the newest, so that those being served are.
void Listener::take(Fd fd) {
  worker_.counters().connections_accepted.add();
  const auto peer = sys::peer_address(fd.get());
  if (!peer) return turn_away(std::move(fd));
  // Who will say for whom it comes counts as nobody until then.
  const sys::Address client = Arrival::announces(*this, *peer) ? sys::Address() : *peer;
  if (admit(client) != Limit::none) return turn_away(std::move(fd));
  if (!Arrival::wanted(worker_, *this, *peer))
    return serve(
        std::move(fd),
        {.client = *peer, .destination = {}, .upstream = config().upstream, .server_name = {}});
  auto* arrival = new (std::nothrow) Arrival(worker_, *this, std::move(fd), *peer);
  // NOLINTNEXTLINE(*-use-after-move,*Move): where there is no memory it has not been moved
  if (!arrival) return lose(std::move(fd), client);
  arrival->begin();
}

void Listener::serve(Fd fd, Visitor visitor) {
  auto* connection = new (std::nothrow) Connection(worker_, *this, std::move(fd), visitor.client);
  // NOLINTNEXTLINE(*-use-after-move,*Move): where there is no memory it has not been moved
  if (!connection) return lose(std::move(fd), visitor.client);
  if (visitor.destination) connection->set_destination(std::move(visitor.destination));
  if (visitor.passed_on) connection->distrust();
  if (shared_.tls) return connection->shake_hands(shared_.tls);
  if (config().mode == Mode::tcp) return connection->pass_on(visitor.upstream, visitor.server_name);
  connection->begin();
}

Limit Listener::admit(const sys::Address& client) {
  const Limits& limits = config().limits;
  Limit limit = Limit::connections;
  if (worker_.enter()) {
    limit = Limit::connections_per_listener;
    if (shared_.place->connections.enter(limits.connections)) {
      limit = Limit::connections_per_client;
      if (admit_client(client)) {
        ++connections_;
        return Limit::none;
      }
      shared_.place->connections.leave();
    }
    worker_.leave();
  }
  if (limit != Limit::connections_per_client) worker_.count(limit);
  return limit;
}

bool Listener::admit_client(const sys::Address& client) {
  if (shared_.place->clients.enter(client, config().limits.connections_per_client)) return true;
  worker_.count(Limit::connections_per_client);
  return false;
}

void Listener::let_go(const sys::Address& client) {
  --connections_;
  shared_.place->connections.leave();
  shared_.place->clients.leave(client, config().limits.connections_per_client);
  worker_.leave();
}

void Listener::turn_away(Fd fd) {
  worker_.counters().connections_closed.add();
  worker_.loop().close(std::move(fd));
}

// For want of memory.
void Listener::lose(Fd fd, const sys::Address& client) {
  worker_.counters().connections_closed.add();
  worker_.loop().close(std::move(fd));
  let_go(client);
}

void Listener::leave(const Connection& connection) { let_go(connection.client()); }

// Idle connections make room for those who want something.
void Listener::failed(int os_errno) {
  worker_.counters().accept_errors.add();
  if (!sys::is_shortage(os_errno)) return;
  worker_.count(Limit::fds);
  worker_.shed_idle();
  worker_.loop().start_timer(retry_timer_, worker_.loop().now_ns() + retry_ns);
  worker_.loop().cancel(accept_);
}

void Listener::retry() noexcept {
  if (!accept_.in_flight() && !closing_) begin();
}

void Listener::cut() {
  if (datagrams_) datagrams_->cut();
}

void Listener::close() {
  if (datagrams_) return datagrams_->close();
  if (closing_ || heir_) return;
  closing_ = true;
  retry_timer_.stop();
  if (accept_.in_flight()) return worker_.loop().cancel(accept_);
  if (fd_.valid()) finish_close();
}

void Listener::hand_over(Listener& heir) {
  if (datagrams_) {
    heir.datagrams_ = std::move(datagrams_);
    return heir.begin();
  }
  heir_ = &heir;
  heir.waits_for_fd_ = true;
  retry_timer_.stop();
  if (accept_.in_flight()) return worker_.loop().cancel(accept_);
  if (fd_.valid()) pass_fd();
}

void Listener::pass_fd() {
  shared_.place->sockets.remove(fd_.get());
  heir_->inherit(std::move(fd_));
}

// It may have been told to close, or to hand over itself, before it had anything.
void Listener::inherit(Fd fd) {
  waits_for_fd_ = false;
  hold(std::move(fd));
  if (heir_) return pass_fd();
  if (closing_) return finish_close();
  if (config().backlog != 0) (void)sys::listen(fd_.get(), static_cast<int>(config().backlog));
  begin();
}

void Listener::finish_close() {
  for (int fd = sys::accept(fd_.get()); fd >= 0; fd = sys::accept(fd_.get())) take(Fd(fd));
  shared_.place->sockets.remove(fd_.get());
  worker_.loop().close(std::move(fd_));
}

}  // namespace zest::proxy
