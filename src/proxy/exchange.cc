// The way of a request.
#include <algorithm>

#include "proxy/connection.h"
#include "proxy/listener.h"
#include "proxy/session.h"
#include "proxy/worker.h"
#include "sys/socket.h"

namespace zest::proxy {
namespace {

// So long answers that are ready wait for the next one, to go out with it.
constexpr uint32_t held_ms = 2;
// A small answer came in so many buffers at most.
constexpr size_t small_pieces = 8;

}  // namespace

io::Task<Session::After> Session::exchange() {
  begin_exchange();
  After after = After::close;
  if (!understand_request()) {
    after = answer_refusal();
  } else if (request_.method_id == http::Method::connect) {
    after = co_await connect();
  } else if (!answers_itself(after) && !(has_hook() && co_await ask_host(after))) {
    switch (const Asked asked = co_await ask()) {
      case Asked::answered:
        after = small_answer_fits() ? pass_small_answer() : co_await pass_answer();
        break;
      case Asked::switched: after = co_await switch_protocols(); break;
      default: after = answer_failure(asked);
    }
    if (link_) {
      co_await end_request();
      release_link(false);
    }
  }
  release_head();
  end_exchange(after);
  co_return after;
}

// Until an origin has answered, or there is no hope.
io::Task<Session::Asked> Session::ask() {
  if (!write_request_head()) co_return Asked::malformed;
  release_head();
  for (upstream::Tried tried;;) {
    upstream::Peer* peer = tried.full() ? nullptr : exchange_.pool->pick(tried);
    if (!peer) co_return Asked::no_connection;
    if (exchange_.timeout == Timeout::connect) worker_.count(Timeout::connect);
    exchange_.timeout = Timeout::none;
    exchange_.peer = peer;
    link_ = exchange_.pool->take(*peer);
    exchange_.reused = link_ != nullptr;
    if (!link_) {
      if (!down_.empty() && !co_await flush()) co_return Asked::client_gone;
      const auto header = client_->proxy_header(exchange_.pool->config().send_proxy);
      const auto connected =
          co_await exchange_.pool->connect(frames_, *peer,
                                           {.preface = header.view(),
                                            .speaks_first = !request_framing_.has_body(),
                                            .deadline_ns = exchange_.deadline_ns});
      link_ = connected.link;
      if (connected.error == ECANCELED) co_return Asked::cancelled;
      if (client_gone()) co_return Asked::client_gone;
      if (worker_.loop().now_ns() >= exchange_.deadline_ns) {
        exchange_.timeout = Timeout::exchange;
        co_return Asked::too_late;
      }
      if (sys::is_shortage(connected.error)) co_return Asked::no_fd;
      if (connected.error == ETIMEDOUT) exchange_.timeout = Timeout::connect;
      tried.add(*peer);
      exchange_.why = connected.why;
      if (!link_) continue;
    }
    send_request();
    const Asked asked = co_await read_answer();
    if (const int error = asked == Asked::died ? early_failure() : 0)
      exchange_.pool->failed(*peer, error);
    if (!may_ask_again(asked)) co_return asked;
    worker_.counters().upstream_retries.add();
    co_await end_request();
    release_link(false);
  }
}

// The head and what has arrived of the body; the rest of it follows on its own.
void Session::send_request() {
  link_->in().on_event(this, call<&Session::link_in_event>);
  origin_out_.emplace(worker_.loop(), link_->in().fd(), link_->in().layer());
  origin_out_->on_event(this, call<&Session::link_out_event>);
  worker_.counters().bytes_to_origins.add(up_.size());
  if (request_framing_.has_body()) return begin_upload();
  const iovec head{.iov_base = up_.data(), .iov_len = up_.size()};
  origin_out_->send({&head, 1});
}

void Session::begin_upload() {
  const ListenerConfig& config = client_->listener().config();
  const bool chunked = request_framing_.kind == http::BodyKind::chunked;
  // Who expects 100 is silent for as long as the origin may take to say it.
  const uint32_t first_byte_ms = exchange_.pool->config().first_byte_timeout_ms;
  const uint32_t patience_ms = request_framing_.expect_continue ? first_byte_ms : 0;
  uploading_.emplace(Relay{.frames_ = frames_,
                           .in = client_->stream(),
                           .out = *origin_out_,
                           .waker = upload_waker_,
                           .other = link_->in(),
                           .reader = BodyReader(request_framing_, not_in_request_trailers()),
                           .writer = BodyWriter(chunked),
                           .in_timeout_ms = std::max(config.timeouts.body_ms, patience_ms),
                           .out_timeout_ms = exchange_.pool->config().between_bytes_timeout_ms,
                           .deadline_ns = exchange_.deadline_ns,
                           .bytes_max = config.limits.body_bytes,
                           .prefix = up_.view(),
                           .needs_sender = true});
  upload_runs_ = true;
  worker_.scope().spawn(frames_, upload());
}

io::Task<void> Session::upload() {
  upload_end_ = co_await relay(*uploading_);
  upload_runs_ = false;
  exchange_.bytes_in += uploading_->bytes;
  worker_.counters().bytes_to_origins.add(uploading_->bytes);
  waker_.wake();
}

// Whatever has come of the answer, nothing more of the request is to be sent. What the kernel is
// still sending stands in our memory, and goes out through the link: so before either is let go.
io::Task<void> Session::end_request() {
  if (uploading_) {
    uploading_->stop = true;
    upload_waker_.wake();
    while (upload_runs_) co_await waker_.settle();
    uploading_.reset();
  }
  while (origin_out_ && origin_out_->busy()) {
    origin_out_->cancel();
    co_await waker_.settle();
  }
}

io::Task<Session::Asked> Session::read_answer() {
  const uint32_t timeout_ms = exchange_.pool->config().first_byte_timeout_ms;
  int64_t deadline_ns = exchange_.deadline_ns;  // until the request is sent: then sooner
  for (;;) {
    switch (parse_answer()) {
      case http::Parse::refused: co_return Asked::malformed;
      case http::Parse::complete:
        if (answer_.status >= 200) co_return Asked::answered;
        if (const Asked passed = co_await pass_interim(); passed != Asked::answered)
          co_return passed;
        continue;
      case http::Parse::incomplete: break;
    }
    if (upload_failed() || shed_wanted()) co_return Asked::body_refused;
    if (link_->in().finished()) {
      exchange_.why = link_->why();
      // A server of TLS 1.3 judges our certificate when the handshake is over for us.
      if (*exchange_.why && exchange_.first_byte_ns == 0)
        worker_.counters().upstream_tls_failures.add();
      co_return Asked::died;
    }
    if (client_gone()) co_return Asked::client_gone;
    if (upload_runs_) {
      deadline_ns = exchange_.deadline_ns;
    } else if (deadline_ns == exchange_.deadline_ns) {
      deadline_ns = within(timeout_ms);
    }
    const bool held = !down_.empty();
    const int32_t woken =
        co_await waker_.wait(held ? std::min(within(held_ms), deadline_ns) : deadline_ns);
    if (woken == -ECANCELED) co_return Asked::cancelled;
    if (woken != -ETIMEDOUT) continue;
    if (held && !co_await flush()) co_return Asked::client_gone;
    if (worker_.loop().now_ns() < deadline_ns) continue;
    exchange_.timeout =
        worker_.loop().now_ns() >= exchange_.deadline_ns ? Timeout::exchange : Timeout::first_byte;
    co_return Asked::too_late;
  }
}

// 1xx: to clients that know it.
io::Task<Session::Asked> Session::pass_interim() {
  if (answer_.status == 101) co_return switches() ? Asked::switched : Asked::malformed;
  worker_.counters().bytes_from_origins.add(answer_.size);
  if (uploading_) uploading_->in_timeout_ms = client_->listener().config().timeouts.body_ms;
  if (request_.minor > 0) {
    const size_t before = down_.size();
    if (!write_answer_head(true)) co_return Asked::malformed;
    exchange_.bytes_out += down_.size() - before;
    release_answer_head();
    if (!co_await flush()) co_return Asked::client_gone;
  } else {
    release_answer_head();
  }
  co_return Asked::answered;
}

// The usual answer: all of it is here, all of its request was sent, and there is memory for it.
bool Session::small_answer_fits() {
  constexpr size_t small = 4096;
  if (!request_read() || origin_out_->busy()) return false;
  const bool framed = answer_framing_.kind == http::BodyKind::none ||
                      answer_framing_.kind == http::BodyKind::length;
  if (!framed || answer_framing_.length > small) return false;
  const io::BufferQueue& input = link_->in().input();
  const size_t head_size = answer_in_place_ ? answer_.size : 0;
  return input.size() >= head_size + answer_framing_.length && input.buffers() <= small_pieces &&
         down_.reserve(answer_head_room() + static_cast<size_t>(answer_framing_.length));
}

// Head and body in one piece of memory, which waits for the next flush; the origin is done with.
Session::After Session::pass_small_answer() {
  const size_t before = down_.size();
  bool written = write_answer_head(false);
  release_answer_head();
  std::array<iovec, small_pieces> pieces;
  const auto size = static_cast<size_t>(answer_framing_.length);
  const size_t count = link_->in().input().gather(pieces, size);
  for (const iovec& piece : std::span(pieces).first(count))
    written = written && down_.append({static_cast<const char*>(piece.iov_base), piece.iov_len});
  if (!written) {
    down_.set_size(before);
    return answer_failure(Asked::malformed);
  }
  link_->in().consume(size);
  exchange_.status = answer_.status;
  exchange_.bytes_out += down_.size() - before;
  worker_.counters().bytes_from_origins.add(answer_.size + size);
  if (request_framing_.has_body()) uploading_.reset();
  return end_answer(true);
}

io::Task<Session::After> Session::pass_answer() {
  const size_t before = down_.size();
  const bool request_read = this->request_read();
  if (!write_answer_head(false)) co_return answer_failure(Asked::malformed);
  const size_t head_size = answer_.size;
  release_answer_head();
  exchange_.status = answer_.status;
  Relay down{.frames_ = frames_,
             .in = link_->in(),
             .out = *out_,
             .waker = waker_,
             .other = client_->stream(),
             .reader = BodyReader(answer_framing_, not_in_answer_trailers()),
             .writer = BodyWriter(chunk_for_client()),
             .in_timeout_ms = exchange_.pool->config().between_bytes_timeout_ms,
             .out_timeout_ms = client_->listener().config().timeouts.send_ms,
             .deadline_ns = exchange_.deadline_ns,
             .bytes_max = UINT64_MAX,
             .prefix = {}};
  worker_.counters().bytes_from_origins.add(head_size);
  const size_t head_out = down_.size() - before;
  down.prefix = down_.view();
  downloading_ = &down;
  const RelayEnd end = co_await relay(down);
  downloading_ = nullptr;
  down_.set_size(down.prefix.empty() ? 0 : before);
  worker_.counters().bytes_from_origins.add(down.bytes);
  if (down.prefix.empty()) exchange_.bytes_out += head_out + down.bytes;
  if (end != RelayEnd::done) co_return answer_cut(end, down);
  co_await end_request();
  co_return end_answer(request_read);
}

// All of an answer has come from the origin, whose connection may be used again.
Session::After Session::end_answer(bool request_read) {
  release_link(request_read && answer_framing_.keep_alive &&
               answer_framing_.kind != http::BodyKind::until_close);
  if (!request_read) return After::close;
  if (!request_framing_.keep_alive) return After::last;
  return exchange_.keep_alive ? After::next : After::close;
}

}  // namespace zest::proxy
