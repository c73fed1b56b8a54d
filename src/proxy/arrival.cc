#include "proxy/arrival.h"

#include <poll.h>

#include <algorithm>
#include <array>

#include "net/early.h"
#include "preface/client_hello.h"
#include "preface/proxy_header.h"
#include "proxy/forwarded.h"
#include "proxy/listener.h"
#include "proxy/worker.h"

namespace zest::proxy {
namespace {

// A whole ClientHello, with what its records put around it.
constexpr size_t room_size = 17 * 1024;
// How soon it is looked again at what wakes us with less than we want.
constexpr int64_t pause_ns = 5 * ns_per_ms;

bool trusted(const Listener& listener, const sys::Address& peer) {
  return is_trusted(listener.config().forwarded.trusted, peer);
}

bool looks_at_hello(const Listener& listener) {
  const ListenerConfig& config = listener.config();
  return config.mode == Mode::tcp && config.sni_routes && !config.tls;
}

// What comes sealed is nothing that he could be given.
bool asks_host(const Worker& worker, const Listener& listener) {
  const ListenerConfig& config = listener.config();
  return !worker.protocols().empty() && config.mode == Mode::http && !config.tls;
}

}  // namespace

bool Arrival::announces(const Listener& listener, const sys::Address& peer) {
  const ProxyProtocol wanted = listener.config().proxy_protocol;
  return wanted != ProxyProtocol::off && trusted(listener, peer);
}

bool Arrival::wanted(const Worker& worker, const Listener& listener, const sys::Address& peer) {
  return listener.config().proxy_protocol == ProxyProtocol::required || announces(listener, peer) ||
         looks_at_hello(listener) || asks_host(worker, listener);
}

Arrival::Arrival(Worker& worker, Listener& listener, Fd fd, const sys::Address& peer)
    : worker_(worker),
      listener_(listener),
      fd_(std::move(fd)),
      admitted_(!announces(listener, peer)),
      visitor_{.client = peer,
               .destination = {},
               .upstream = listener.config().upstream,
               .server_name = {}} {}

void Arrival::begin() {
  worker_.arrived(*this);
  const ListenerConfig& config = listener_.config();
  set_deadline(config.timeouts.preface_ms);
  if (admitted_) stage_ = after_header();
  if (admitted_ && config.proxy_protocol == ProxyProtocol::required) refuse(Refused::not_trusted);
  look();
}

// All that has come so far, from the first byte on: nothing is taken before it is whole.
void Arrival::look() {
  std::array<std::byte, room_size> room;
  while (looking()) {
    const int64_t arrived = net::peek(fd_.get(), room);
    if (arrived == -EAGAIN) return wait(1, 0);
    if (arrived <= 0) return close();
    const auto size = static_cast<size_t>(arrived);
    const size_t need = look_at({reinterpret_cast<const char*>(room.data()), size});
    if (need > 0) return wait(need, size);
  }
  if (stage_ == Stage::offered) return;
  if (stage_ == Stage::known) return hand_over();
  close();
}

// Whoever may speak HTTP may also say nothing yet.
Arrival::Stage Arrival::after_header() {
  if (looks_at_hello(listener_)) return Stage::hello;
  if (!asks_host(worker_, listener_)) return Stage::known;
  set_deadline(listener_.config().timeouts.idle_ms);
  return Stage::protocol;
}

void Arrival::set_deadline(uint32_t timeout_ms) {
  deadline_ns_ = deadline_after_ms(worker_.loop().now_ns(), timeout_ms);
  worker_.loop().start_timer(timer_, deadline_ns_);
}

// How many bytes it takes to tell more; 0: another stage has been reached.
size_t Arrival::look_at(std::string_view bytes) {
  if (stage_ == Stage::protocol) return read_protocol(bytes);
  return stage_ == Stage::header ? read_header(bytes) : read_hello(bytes);
}

size_t Arrival::read_header(std::string_view bytes) {
  using State = preface::ProxyHeader::State;
  const preface::ProxyHeader header = preface::read_proxy_header(bytes);
  if (header.state == State::more) return header.need;
  if (header.state == State::done) {
    take_header(header);
  } else {
    refuse(Refused::proxy_header);
  }
  return 0;
}

void Arrival::take_header(const preface::ProxyHeader& header) {
  stage_ = Stage::refused;
  seen_ = 0;
  if (!net::drop(fd_.get(), header.need)) return;
  worker_.counters().proxy_headers.add();
  if (header.named) {
    visitor_.client = header.source;
    visitor_.destination.reset(new (std::nothrow) sys::PackedAddress(header.destination));
  }
  visitor_.passed_on = !header.named;
  admitted_ = listener_.admit_client(visitor_.client);
  if (admitted_) stage_ = after_header();
}

size_t Arrival::read_hello(std::string_view bytes) {
  using State = preface::ClientHello::State;
  const preface::ClientHello hello = preface::read_client_hello(bytes);
  if (hello.state == State::more) return hello.need;
  if (hello.state == State::refused) {
    refuse(Refused::client_hello);
  } else {
    route(hello.server_name.view());
  }
  return 0;
}

// Who names nobody, or speaks no TLS, goes where the listener says.
void Arrival::route(std::string_view name) {
  if (const RouteConfig* found = listener_.setup().router().find_sni(name))
    visitor_.upstream = found->upstream;
  if (visitor_.upstream == no_upstream) return refuse(Refused::no_route);
  visitor_.server_name = name;
  stage_ = Stage::known;
}

// From the first byte on there is less time.
size_t Arrival::read_protocol(std::string_view bytes) {
  const HostDetected found = detect(worker_.protocols(), listener_.config().id, bytes);
  if (found.more && !spoke_) set_deadline(listener_.config().timeouts.preface_ms);
  spoke_ = true;
  if (found.more) return bytes.size() + 1;
  stage_ = Stage::known;
  if (found.protocol) offer(*found.protocol);
  return 0;
}

// Until he has taken it, or is late, it is ours.
void Arrival::offer(const HostProtocol& protocol) {
  stage_ = Stage::refused;
  if (wakes_at_ != 1 && !net::wake_at(fd_.get(), 1)) return;
  Fd given = net::duplicate(fd_.get());
  if (!given.valid()) return worker_.count(Limit::fds);
  ticket_ = worker_.hooks().open(listener_.setup().config().hook_queue);
  if (!ticket_) return worker_.count(Limit::hook_queue);
  worker_.loop().close(std::move(fd_));
  stage_ = Stage::offered;
  ticket_->kind = HookKind::connection;
  ticket_->name = protocol.name;
  ticket_->client = visitor_.client;
  ticket_->listener_id = listener_.config().id;
  ticket_->fd = std::move(given);
  set_deadline(listener_.config().timeouts.preface_ms);
  const auto over = [](void* arrival) noexcept { static_cast<Arrival*>(arrival)->close(); };
  worker_.hooks().put(*ticket_, worker_.hook_inbox(), {this, over});
}

// What wakes us although there is not more (not every socket can wait for so many bytes) must not
// make us spin.
void Arrival::wait(size_t need, size_t arrived) {
  if (need != wakes_at_ && !net::wake_at(fd_.get(), need)) return close();
  wakes_at_ = need;
  io::Loop& loop = worker_.loop();
  const bool in_vain = arrived > 0 && seen_ == arrived;
  seen_ = arrived;
  if (in_vain && ended_) return close();
  if (in_vain) ended_ = net::is_last(fd_.get());  // then it is looked once more
  if (in_vain) return loop.start_timer(timer_, std::min(deadline_ns_, loop.now_ns() + pause_ns));
  loop.poll(poll_, fd_.get(), POLLIN);
}

void Arrival::readable(io::Completion completion) noexcept {
  if (stage_ == Stage::closing) return bury();
  if (completion.result < 0) return close();
  look();
}

void Arrival::expired() noexcept {
  io::Loop& loop = worker_.loop();
  if (loop.now_ns() < deadline_ns_) {
    loop.start_timer(timer_, deadline_ns_);
    return look();
  }
  worker_.count(late_for());
  close();
}

Timeout Arrival::late_for() const {
  if (stage_ == Stage::offered) return Timeout::hook;
  return stage_ == Stage::protocol && !spoke_ ? Timeout::idle : Timeout::preface;
}

void Arrival::refuse(Refused why) {
  worker_.count(why);
  stage_ = Stage::refused;
}

void Arrival::hand_over() {
  if (wakes_at_ != 1 && !net::wake_at(fd_.get(), 1)) return close();
  Listener& listener = listener_;
  Fd fd = std::move(fd_);
  Visitor visitor = std::move(visitor_);
  unlink();
  delete this;
  listener.serve(std::move(fd), std::move(visitor));
}

void Arrival::close() {
  stage_ = Stage::closing;
  if (ticket_) fd_ = worker_.hooks().finish(*std::exchange(ticket_, nullptr));
  timer_.stop();
  unlink();
  if (poll_.in_flight()) return worker_.loop().cancel(poll_);
  bury();
}

void Arrival::bury() {
  listener_.let_go(admitted_ ? visitor_.client : sys::Address());
  Counters& counters = worker_.counters();
  (fd_.valid() ? counters.connections_closed : counters.connections_given).add();
  if (fd_.valid()) worker_.loop().close(std::move(fd_));
  delete this;
}

}  // namespace zest::proxy
