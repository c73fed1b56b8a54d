#include "proxy/opening.h"

#include <new>

#include "proxy/connection.h"
#include "proxy/listener.h"
#include "proxy/worker.h"
#include "sys/socket.h"

namespace zest::proxy {
namespace {

const char* why_not(const upstream::Pool::Connected& connected) {
  if (connected.link || connected.error == ECANCELED) return "";
  if (*connected.why) return connected.why;
  if (sys::is_shortage(connected.error)) return "out of file descriptors or memory";
  return connected.error == ETIMEDOUT ? "no origin took the connection in time"
                                      : "no origin took the connection";
}

}  // namespace

std::unique_ptr<Opening> Opening::make(Worker& worker, Connection& client) {
  std::unique_ptr<Passage> passage(new (worker.passage_memory())
                                       Passage(client.listener(), client.client()));
  if (!passage) return {};
  return std::unique_ptr<Opening>(new (std::nothrow) Opening(worker, client, std::move(passage)));
}

Opening::Opening(Worker& worker, Connection& client, std::unique_ptr<Passage> passage)
    : worker_(worker),
      frames_(worker.frames(), {}),
      client_(&client),
      passage_(std::move(passage)) {}

// Where it never came to a tunnel.
Opening::~Opening() {
  if (link_) pool_->discard(*link_);
}

void Opening::hold(upstream::Pool& pool, upstream::Link& link) {
  pool_ = &pool;
  link_ = &link;
}

void Opening::hold(Fd connected, const sys::Address& origin) {
  net::Stream far(worker_.loop(), std::move(connected));
  passage_->far().take_over(far);
  origin_ = origin;
}

void Opening::take_note(std::unique_ptr<PassageNote> note) {
  note_ = std::move(note);
  if (note_ && origin_.size() > 0) note_->origin = origin_;
}

void Opening::find_origin(std::unique_ptr<Opening> opening, upstream::Pool& pool,
                          std::string_view server_name) {
  Opening& self = *opening.release();
  self.pool_ = &pool;
  if (self.worker_.sink()) self.note_.reset(new (std::nothrow) PassageNote);
  if (self.note_) {
    self.note_->record.began_ns = self.worker_.loop().now_ns();
    self.note_->host = server_name;
  }
  self.worker_.scope().spawn(self.find());
}

// Nothing has been taken from the client that another origin could not be sent.
io::Task<void> Opening::find() {
  const preface::ProxyHeaderText hello = client_->proxy_header(pool_->config().send_proxy);
  for (upstream::Tried tried; !link_;) {
    upstream::Peer* peer = tried.full() ? nullptr : pool_->pick(tried);
    if (!peer) break;
    if (note_) note_->origin = peer->address;
    const auto connected = co_await pool_->connect(frames_, *peer, {.preface = hello.view()});
    link_ = connected.link;
    if (note_) note_->record.why = why_not(connected);
    if (connected.error == ECANCELED || sys::is_shortage(connected.error)) break;
    if (connected.error == ETIMEDOUT) worker_.count(timeout_ = Timeout::connect);
    tried.add(*peer);
  }
  if (!link_) co_return found_none();
  if (note_) note_->record.first_byte_ns = worker_.loop().now_ns() - note_->record.began_ns;
  wait_for_quiet();
}

void Opening::found_none() {
  worker_.counters().tunnel_ends[static_cast<size_t>(TunnelEnd::no_origin)].add();
  if (note_) {
    note_->client = client_->client();
    note_->record.timeout = timeout_;
    note_->write(client_->listener(), pool_, TunnelEnd::no_origin, {});
  }
  client_->close();
  delete this;
}

// What is being received must have come to its end before the streams can move.
void Opening::wait_for_quiet() {
  client_->stream().on_event(this, call<&Opening::quiet_event>);
  client_->stream().hold();
  if (link_) {
    link_->in().on_event(this, call<&Opening::quiet_event>);
    link_->in().hold();
  }
  quiet_event();
}

void Opening::quiet_event() noexcept {
  if (!client_->stream().busy() && !(link_ && link_->in().busy())) pass();
}

void Opening::pass() {
  passage_->client().take_over(client_->stream());
  client_->hand_over();
  if (link_) {
    passage_->far().take_over(link_->in());
    passage_->hold(*pool_, pool_->hand_over(*std::exchange(link_, nullptr)));
  }
  if (note_) passage_->take_note(std::move(note_));
  Passage::begin(std::move(passage_));
  delete this;
}

}  // namespace zest::proxy
