#include "proxy/session.h"

#include <algorithm>

#include "proxy/connection.h"
#include "proxy/listener.h"
#include "proxy/opening.h"
#include "proxy/worker.h"
#include "upstream/origin_socket.h"

namespace zest::proxy {
namespace {

// Answers of several requests go out together up to this size.
constexpr size_t flush_above = 16'384;
// What a session keeps of memory that a large head has made it take.
constexpr size_t scratch_kept = 32'768;

}  // namespace

Session::Session(Worker& worker)
    : worker_(worker),
      frames_(worker.frames(), frame_memory_),
      waker_(worker.scope()),
      upload_waker_(worker.scope()),
      partial_parser_(worker.scan()) {
  request_.fields = worker.heads().request.data();
  request_.field_capacity = http::Head::field_count_max;
  answer_.fields = worker.heads().answer.data();
  answer_.field_capacity = http::Head::field_count_max;
}

void Session::start(Connection& client) {
  begin(client);
  worker_.scope().spawn(frames_, serve());
}

void Session::start_late(Connection& client) {
  parsed_ = http::Parse::refused;
  head_in_place_ = false;
  refusal_ = {.status = 408, .offset = 0, .why = "the head did not arrive in time"};
  exchange_.timeout = Timeout::head;
  start(client);
}

void Session::begin(Connection& client) {
  worker_.begun(*this);
  client_ = &client;
  client_ip_ = sys::ip_text(client.client());
  out_.emplace(worker_.loop(), client.stream().fd(), client.stream().layer());
  out_->on_event(this, call<&Session::client_out_event>);
  client.stream().on_event(this, call<&Session::client_event>);
}

// One exchange after the other, as long as their heads are there. Small answers wait for each
// other and go out in one send, also where the exchange behind them came to nothing.
io::Task<void> Session::serve() {
  After after = co_await exchange();
  while (after == After::next) {
    if (down_.size() >= flush_above && !co_await flush()) after = After::broken;
    if (after == After::broken || !next_head()) break;
    after = co_await exchange();
  }
  if (after == After::last || after == After::close) out_->end_follows();
  if (!co_await flush()) after = After::broken;
  end(after);
}

bool Session::next_head() {
  if (client_->stream().input().empty()) return false;
  return read_head(*client_) != http::Parse::incomplete;
}

// The session is the worker's again before the client goes on: it may need one at once.
void Session::end(After after) {
  if (opening_) note_tunnel();
  std::unique_ptr<Opening> opening = std::move(opening_);
  Connection& client = *std::exchange(client_, nullptr);
  out_.reset();
  exchange_ = {};
  for (Scratch* scratch : {&up_, &down_, &partial_, &about_}) scratch->shrink(scratch_kept);
  worker_.return_session(*this);
  switch (after) {
    case After::next: return client.park();
    case After::last:
      if (client.stream().input().empty()) return client.finish();
      return client.linger();
    case After::close: return client.linger();
    case After::broken: return client.close();
    case After::tunnel: return Opening::begin(std::move(opening));
  }
}

void Session::begin_exchange() {
  const Timeout late = exchange_.timeout;
  exchange_ = {.began_ns = worker_.loop().now_ns(), .timeout = late};
  upload_end_ = RelayEnd::done;
  partial_.clear();
  about_.clear();
  if (parsed_ == http::Parse::refused) {
    request_.method_id = http::Method::other;
    request_.minor = 1;
    request_framing_ = {};
    if (client_->partial()) exchange_.head_ns = exchange_.began_ns - client_->partial()->began_ns;
  }
  const ListenerConfig& config = client_->listener().config();
  exchange_.deadline_ns = deadline_after_ms(exchange_.began_ns, config.timeouts.exchange_ms);
  worker_.counters().requests.add();
  client_->count_request();
}

bool Session::understand_request() {
  if (parsed_ == http::Parse::refused) return false;
  note_request();
  return http::frame_request(request_, request_framing_, refusal_);
}

void Session::note_request() {
  if (!worker_.sink()) return;
  about_method_ = request_.method.size;
  about_target_ = request_.target.size;
  const bool noted = about_.append(request_.text(request_.method)) &&
                     about_.append(request_.text(request_.target)) &&
                     about_.append(request_.text(request_.host));
  if (!noted) about_method_ = about_target_ = 0;
}

void Session::end_exchange(After after) {
  Counters& counters = worker_.counters();
  const int64_t took_ns = worker_.loop().now_ns() - exchange_.began_ns;
  counters.answers[std::min<size_t>(exchange_.status / 100, 5)].add();
  counters.latency[worker_.latency_bucket(took_ns)].add();
  counters.latency_sum_us.add(static_cast<uint64_t>(took_ns / ns_per_us));
  counters.bytes_from_clients.add(exchange_.bytes_in);
  counters.bytes_to_clients.add(exchange_.bytes_out);
  if (exchange_.timeout != Timeout::none) worker_.count(exchange_.timeout);
  if (exchange_.limit != Limit::none) worker_.count(exchange_.limit);
  if (worker_.sink() && !opening_) record(took_ns);
  worker_.exchange_ended(after != After::broken && !exchange_.cut);
  exchange_.timeout = Timeout::none;
  changes_.reset();
}

void Session::record(int64_t duration_ns) {
  const sys::Address client = client_->client();
  Record record;
  describe(record);
  record.duration_ns = exchange_.head_ns + duration_ns;
  record.client = &client;
  record.origin = exchange_.peer ? &exchange_.peer->address : nullptr;
  worker_.sink()->record(record);
}

// All but the addresses and the duration.
void Session::describe(Record& record) const {
  const std::string_view about = about_.view();
  record.began_ns = exchange_.began_ns - exchange_.head_ns;
  record.first_byte_ns = exchange_.first_byte_ns;
  record.method = about.substr(0, about_method_);
  if (!about.empty()) {
    record.target = about.substr(about_method_, about_target_);
    record.host = about.substr(about_method_ + about_target_);
  }
  if (exchange_.pool && exchange_.peer) record.upstream = exchange_.pool->config().name;
  record.listener = client_->listener().index();
  record.status = exchange_.status;
  record.minor = request_.minor;
  record.reused = exchange_.reused;
  record.cut = exchange_.cut;
  record.bytes_in = exchange_.bytes_in;
  record.bytes_out = exchange_.bytes_out;
  record.timeout = exchange_.timeout;
  record.limit = exchange_.limit;
  record.why = exchange_.why;
}

// Everything ready goes to the client; false if it can't.
io::Task<bool> Session::flush() {
  if (down_.empty()) co_return out_->error() == 0;
  const iovec piece{.iov_base = down_.data(), .iov_len = down_.size()};
  out_->send({&piece, 1});
  co_await wait_until_sent();
  down_.clear();
  co_return out_->error() == 0;
}

io::Task<void> Session::wait_until_sent() {
  const uint32_t timeout_ms = client_->listener().config().timeouts.send_ms;
  while (out_->busy()) {
    const uint64_t before = out_->sent();
    const int32_t woken =
        co_await waker_.wait(deadline_after_ms(worker_.loop().now_ns(), timeout_ms));
    const bool slow = woken == -ETIMEDOUT && out_->sent() == before;
    if (slow) worker_.count(Timeout::send);
    if (slow || woken == -ECANCELED || client_->stream().error() || shed_wanted()) break;
  }
  out_->cancel();
  while (out_->busy()) co_await waker_.settle();
}

// True: the request's body will not come to its end, and it is not the origin's doing.
bool Session::upload_failed() {
  if (upload_runs_ || upload_end_ == RelayEnd::done || upload_end_ == RelayEnd::out_broken)
    return false;
  note_upload_end();
  return true;
}

void Session::note_upload_end() {
  switch (upload_end_) {
    case RelayEnd::in_timeout: exchange_.timeout = Timeout::body; break;
    case RelayEnd::out_timeout: exchange_.timeout = Timeout::between_bytes; break;
    case RelayEnd::exchange_timeout: exchange_.timeout = Timeout::exchange; break;
    case RelayEnd::too_large: exchange_.limit = Limit::body_bytes; break;
    case RelayEnd::cut:
    case RelayEnd::in_broken: exchange_.cut = true; break;
    default: break;
  }
}

void Session::note_download_end(RelayEnd end) {
  exchange_.cut = true;
  switch (end) {
    case RelayEnd::in_timeout: exchange_.timeout = Timeout::between_bytes; break;
    case RelayEnd::out_timeout: exchange_.timeout = Timeout::send; break;
    case RelayEnd::exchange_timeout: exchange_.timeout = Timeout::exchange; break;
    case RelayEnd::cut: exchange_.why = "the origin cut its answer short"; break;
    case RelayEnd::in_broken: exchange_.why = "the origin's connection broke"; break;
    case RelayEnd::in_refused: exchange_.why = "the answer's body is malformed"; break;
    default: break;
  }
}

// Back to the pool if nothing is left of this exchange on it.
void Session::release_link(bool reusable) {
  upstream::Link& link = *std::exchange(link_, nullptr);
  const bool sent = origin_out_ && origin_out_->error() == 0;
  origin_out_.reset();
  if (reusable && sent) return exchange_.pool->give_back(link);
  exchange_.pool->discard(link);
}

// With TCP Fast Open the first bytes make the connection, and that it failed is told behind them.
int Session::early_failure() const {
  if (!link_->early() || link_->reused() || exchange_.first_byte_ns > 0) return 0;
  for (const int error : {link_->in().error(), origin_out_->error()})
    if (upstream::is_no_connection(error)) return error;
  return 0;
}

// RFC 9110, 9.2.2: what died on a connection from the pool before any answer was most likely never
// seen. Asked again if that does no harm and there is nothing to send twice. What was refused a
// connection was seen by nobody.
bool Session::may_ask_again(Asked asked) const {
  if (asked != Asked::died || exchange_.first_byte_ns > 0 || request_framing_.has_body())
    return false;
  const int early = early_failure();
  const bool unseen = link_->reused() || early != 0;
  return early == ECONNREFUSED || (unseen && http::is_idempotent(request_.method_id));
}

int64_t Session::within(uint32_t timeout_ms) const {
  return std::min(deadline_after_ms(worker_.loop().now_ns(), timeout_ms), exchange_.deadline_ns);
}

bool Session::can_be_shed() const {
  if (shed_wanted()) return false;
  return client_->stream().input().buffers() > 0 || (link_ && link_->in().input().buffers() > 0);
}

void Session::shed() {
  exchange_.limit = Limit::buffers;
  if (uploading_) uploading_->stop = true;
  if (downloading_) downloading_->stop = true;
  upload_waker_.wake();
  waker_.wake();
}

bool Session::client_gone() const { return client_->stream().error() || out_->error(); }

bool Session::client_leaves() const {
  return worker_.draining() || client_->listener().setup().retired();
}

void Session::client_event() noexcept { (upload_runs_ ? upload_waker_ : waker_).wake(); }
void Session::client_out_event() noexcept { waker_.wake(); }
void Session::link_in_event() noexcept { waker_.wake(); }
void Session::link_out_event() noexcept { (upload_runs_ ? upload_waker_ : waker_).wake(); }

}  // namespace zest::proxy
