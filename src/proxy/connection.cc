#include "proxy/connection.h"

#include <poll.h>
#include <sys/socket.h>

#include "proxy/detect.h"
#include "proxy/listener.h"
#include "proxy/opening.h"
#include "proxy/session.h"
#include "proxy/worker.h"

namespace zest::proxy {
namespace {

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

Connection::Connection(Worker& worker, Listener& listener, Fd fd, const sys::Address& client)
    : worker_(worker),
      listener_(listener),
      stream_(worker.loop(), std::move(fd)),
      trusted_(is_trusted(listener.config().forwarded.trusted, client)),
      client_(client) {}

ClientFacts Connection::facts() const {
  return {.ip = {},
          .is_ipv6 = client_.family() == AF_INET6,
          .trusted = trusted_,
          .scheme = encrypted_ ? "https" : "http",
          .host = {}};
}

CertificateFacts Connection::certificate() const {
  const auto& tls = listener_.config().tls;
  const auto* layer = static_cast<const tls::EngineLayer*>(stream_.layer());
  return {.asked = tls && tls->client_auth != tls::ClientAuth::off,
          .facts = layer ? &layer->facts() : nullptr};
}

Connection::~Connection() {
  if (!handed_over_) listener_.leave(*this);
}

void Connection::set_timer(uint32_t timeout_ms) {
  worker_.loop().start_timer(timer_, deadline_after_ms(worker_.loop().now_ns(), timeout_ms));
}

void Connection::begin() {
  stream_.start();
  park();
}

void Connection::shake_hands(std::shared_ptr<const tls::ServerContext> context) {
  encrypted_ = true;
  handshake_.reset(new (std::nothrow) Handshake(*this, std::move(context)));
  if (!handshake_) return close();
  state_ = State::shaking_hands;
  worker_.parked(*this);
  set_timer(listener_.config().timeouts.handshake_ms);
  stream_.hold();
  wait_for_step();
}

// Without a buffer: what has come stays in the socket until it is its turn.
void Connection::wait_for_step() {
  listen_to(call<&Connection::step_event>);
  stream_.watch(stream_.wants_room() ? POLLOUT : POLLIN);
}

void Connection::step_event() noexcept {
  if (stream_.error()) return refuse_handshake();
  if (stream_.wants_room()) return send_rest();
  worker_.handshakes().line_up(*handshake_);
}

// Our words did not fit into the socket at once. No step: it costs nothing but the copying.
void Connection::send_rest() {
  stream_.send_rest();
  handshake_->unlink();
  handshake_event();
}

void Connection::take_step() {
  if (!stream_.layer() && !add_layer()) return close();
  listen_to(call<&Connection::handshake_event>);
  stream_.take_once();
}

bool Connection::add_layer() {
  const auto& context = handshake_->context;
  auto layer =
      tls::EngineLayer::server(stream_.fd(), context, context->kernel(), worker_.kernel_counts());
  if (!layer) return false;
  stream_.set_layer(std::move(*layer));
  return true;
}

// What came behind its end, with the same step, is the client's first request, or even all it says.
void Connection::handshake_event() noexcept {
  if (!stream_.ready()) {
    if (stream_.finished()) return refuse_handshake();
    wait_for_step();
    const auto* layer = static_cast<const tls::EngineLayer*>(stream_.layer());
    return worker_.handshakes().stepped(*handshake_, layer->flights());
  }
  stream_.release();
  if (stream_.error()) return refuse_handshake();
  end_handshake();
  Counters& counters = worker_.counters();
  counters.handshakes.add();
  if (static_cast<tls::EngineLayer*>(stream_.layer())->facts().resumed)
    counters.handshakes_resumed.add();
  if (listener_.config().mode == Mode::tcp) return pass_on_opened();
  park();
}

// What the client asked for by name is in the open now.
void Connection::pass_on_opened() {
  const std::string_view name =
      static_cast<tls::EngineLayer*>(stream_.layer())->facts().server_name.text();
  const ListenerConfig& config = listener_.config();
  const RouteConfig* route =
      config.sni_routes ? listener_.setup().router().find_sni(name) : nullptr;
  pass_on(route ? route->upstream : config.upstream, name);
}

void Connection::pass_on(size_t upstream, std::string_view server_name) {
  state_ = State::active;
  timer_.stop();
  worker_.unparked(*this);
  stream_.on_event(nullptr, nullptr);
  if (upstream == no_upstream) {
    worker_.count(Refused::no_route);
    return close();
  }
  auto opening = Opening::make(worker_, *this);
  if (!opening) return close();
  Opening::find_origin(std::move(opening), listener_.setup().pool(upstream), server_name);
}

preface::ProxyHeaderText Connection::proxy_header(preface::ProxyVersion version) const {
  if (version == preface::ProxyVersion::none) return {};
  const sys::Address named = destination_ ? destination_->unpack() : sys::Address();
  const auto local = destination_ ? Result<sys::Address>(named) : sys::local_address(stream_.fd());
  return preface::write_proxy_header(version, client(), local.value_or(sys::Address()));
}

void Connection::end_handshake() {
  state_ = State::idle;
  worker_.handshakes().end(*handshake_);
  handshake_.reset();
}

// A client that has said nothing is counted and no more: load balancers look so whether we are
// there.
void Connection::note_failed_handshake(const char* otherwise) {
  worker_.counters().handshakes_failed.add();
  const auto* layer = static_cast<const tls::EngineLayer*>(stream_.layer());
  if (!layer || !worker_.handshake_failed()) return;
  const char* why = *layer->why() ? layer->why() : otherwise;
  worker_.handshake_failed()(client(), listener_.config(), why);
}

void Connection::make_room() {
  note_failed_handshake("others waited for its place");
  close();
}

// Who speaks HTTP without TLS can still be told so.
void Connection::refuse_handshake() {
  end_handshake();
  note_failed_handshake("the client has left");
  if (!stream_.layer() || !stream_.layer()->refused_plain()) return close();
  constexpr std::string_view answer =
      "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"
      "Content-Length: 43\r\nConnection: close\r\n\r\n"
      "This port speaks HTTPS, and that was HTTP.\n";
  stream_.drop_layer();
  (void)::send(stream_.fd(), answer.data(), answer.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  linger();
}

void Connection::park() {
  const bool asks = partial_ || !stream_.input().empty();
  if (worker_.draining() && requests_ > 0 && !asks) return linger();
  const Timeouts& timeouts = listener_.config().timeouts;
  state_ = partial_ ? State::reading : State::idle;
  worker_.parked(*this);
  listen_to(call<&Connection::waiting_event>);
  set_timer(partial_ ? timeouts.head_ms : timeouts.idle_ms);
  if (!stream_.input().empty() || stream_.finished()) waiting_event();
}

void Connection::waiting_event() noexcept {
  if (!stream_.input().empty() && !stream_.error()) return read();
  if (stream_.finished()) finish();
}

// The session is only borrowed until a head is complete, so that slow ones cost little.
void Connection::read() {
  const bool begins = state_ == State::idle;
  if (begins && requests_ == 0 && !detect(text_of(stream_.input().front())).protocol) {
    worker_.count(Refused::not_http);
    return close();
  }
  Session* session = worker_.take_session();
  if (!session) return close();
  if (session->read_head(*this) == http::Parse::incomplete) {
    worker_.return_session(*session);
    if (stream_.finished()) return close();
    if (!partial_) return;  // nothing of a head yet
    if (begins) set_timer(listener_.config().timeouts.head_ms);
    state_ = State::reading;
    return;
  }
  state_ = State::active;
  timer_.stop();
  worker_.unparked(*this);
  session->start(*this);
}

void Connection::expired() noexcept {
  if (state_ == State::shaking_hands) {
    worker_.count(Timeout::handshake);
    note_failed_handshake("it took too long");
    if (worker_.handshakes().waits_for_a_place(*handshake_)) worker_.count(Limit::handshakes);
  }
  if (state_ == State::idle) {
    worker_.count(Timeout::idle);
    stream_.say_end();
  }
  if (state_ == State::lingering) worker_.count(Timeout::linger);
  if (state_ != State::reading) return close();
  Session* session = worker_.take_session();
  if (!session) return close();
  state_ = State::active;
  worker_.unparked(*this);
  session->start_late(*this);
}

// RFC 9112, 9.6: a close with bytes unread makes the kernel reset the connection, and the client
// may lose our answer. So our side ends first, and what still comes is dropped.
void Connection::linger() {
  stream_.say_end();
  ::shutdown(stream_.fd(), SHUT_WR);
  state_ = State::lingering;
  worker_.parked(*this);
  listen_to(call<&Connection::lingering_event>);
  set_timer(listener_.config().timeouts.linger_ms);
  lingering_event();
}

void Connection::lingering_event() noexcept {
  stream_.consume(stream_.input().size());
  if (stream_.finished() && !stream_.deaf()) close();
}

// What a deaf one leaves unread is like what is still to come. Our side ends before the close: if
// the client has sent more, that drops what waits for the end (see Output).
void Connection::finish() {
  if (stream_.deaf()) return linger();
  stream_.say_end();
  if (!stream_.finished()) ::shutdown(stream_.fd(), SHUT_WR);
  close();
}

void Connection::close() {
  if (handshake_) end_handshake();
  if (stream_.error()) worker_.counters().connections_reset.add();
  state_ = State::closing;
  timer_.stop();
  worker_.unparked(*this);
  worker_.closing(*this);
  listen_to(call<&Connection::closing_event>);
  stream_.cancel();
  closing_event();
}

void Connection::hand_over() {
  handed_over_ = true;
  delete this;
}

void Connection::reset_at_close() {
  const ::linger hard{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(stream_.fd(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
}

void Connection::closing_event() noexcept {
  if (!stream_.busy()) worker_.bury(*this);
}

}  // namespace zest::proxy
