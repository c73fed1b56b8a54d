// A request that the host decides about: put before him, awaited, and obeyed.
#include <algorithm>
#include <array>

#include "proxy/connection.h"
#include "proxy/listener.h"
#include "proxy/session.h"
#include "proxy/worker.h"

namespace zest::proxy {
namespace {

using What = HookDecision::What;

// Up to this size a body waits for the next flush, with what else is ready.
constexpr size_t small_body = 16'384;
// Of a larger one: between two pieces the exchange's deadline is looked at.
constexpr size_t piece_size = 1 << 18;

bool has_length(uint16_t status) { return status != 204 && status != 304; }

}  // namespace

// True: there is no need of an origin; else exchange_.pool is the one to ask.
io::Task<bool> Session::ask_host(After& after) {
  HookTicket* ticket = open_ticket();
  if (!ticket) co_return misses_host(after, Asked::no_connection);
  const Asked asked = co_await decision_of(*ticket);
  HookDecision decision;
  if (asked == Asked::answered) decision = std::move(ticket->decision);
  ticket->restore(request_, worker_.heads().request.data(), request_.base);
  (void)worker_.hooks().finish(*ticket);
  if (asked != Asked::answered) co_return misses_host(after, asked);
  if (decision.what == What::answer) {
    after = co_await answer_for_host(decision);
    co_return true;
  }
  if (decision.upstream == no_upstream) {
    after = answer(404, "passed on by a hook, and the route has no upstream");
    co_return true;
  }
  changes_ = std::move(decision.changes);
  exchange_.pool = &client_->listener().setup().pool(decision.upstream);
  co_return false;
}

HookTicket* Session::open_ticket() {
  const RouteConfig& route = *exchange_.route;
  const Setup& setup = client_->listener().setup().shared();
  HookTicket* ticket = worker_.hooks().open(setup.config.hook_queue);
  if (!ticket) return nullptr;
  const std::string_view group =
      exchange_.pool ? std::string_view(exchange_.pool->config().name) : std::string_view();
  if (!ticket->take_head(request_, route.hook, group)) {
    (void)worker_.hooks().finish(*ticket);
    return nullptr;
  }
  ticket->kind = HookKind::request;
  ticket->framing = request_framing_;
  ticket->client = client_->client();
  ticket->listener_id = client_->listener().config().id;
  ticket->encrypted = client_->encrypted();
  ticket->deadline_ns = within(route.hook_timeout_ms);
  ticket->groups = &setup.config.upstreams;
  ticket->withheld = &setup.withheld.all;
  ticket->default_upstream = route.upstream;
  return ticket;
}

std::span<const std::string> Session::not_in_request_trailers() const {
  if (changes_) return changes_->request.gone_in_trailers;
  return client_->listener().setup().shared().withheld.all.names();
}

std::span<const std::string> Session::not_in_answer_trailers() const {
  if (changes_) return changes_->answer.gone_in_trailers;
  return {};
}

// While he thinks, nothing of ours stands in a receive buffer, and no answer waits for this one.
io::Task<Session::Asked> Session::decision_of(HookTicket& ticket) {
  HookQueue& hooks = worker_.hooks();
  worker_.counters().hooked.add();
  hooks.put(ticket, worker_.hook_inbox(), {this, call<&Session::hook_decided>});
  if (hooks.decided(ticket)) co_return Asked::answered;
  if (!move_head()) co_return Asked::no_connection;
  if (!down_.empty() && !co_await flush()) co_return Asked::client_gone;
  while (!hooks.decided(ticket)) {
    if (shed_wanted()) co_return Asked::body_refused;
    if (client_gone()) co_return Asked::client_gone;
    const int32_t woken = co_await waker_.wait(ticket.deadline_ns);
    if (woken == -ECANCELED) co_return Asked::cancelled;
    if (woken == -ETIMEDOUT && !hooks.decided(ticket)) co_return Asked::too_late;
  }
  co_return Asked::answered;
}

void Session::hook_decided() noexcept { waker_.wake(); }

// To where a head that came in pieces stands.
bool Session::move_head() {
  if (!head_in_place_) return true;
  auto moved = std::unique_ptr<PartialHead>(
      new (std::nothrow) PartialHead{.bytes = {}, .parser = http::RequestParser(worker_.scan())});
  if (!moved || !moved->bytes.append({request_.base, request_.size})) return false;
  request_.base = moved->bytes.data();
  client_->stream().consume(request_.size);
  client_->partial() = std::move(moved);
  head_in_place_ = false;
  return true;
}

// There is no decision: the upstream is asked nevertheless where the route says so.
bool Session::misses_host(After& after, Asked asked) {
  const bool late = asked == Asked::too_late;
  const bool full = asked == Asked::no_connection;
  if (!late && !full) {
    after = answer_failure(asked);
    return true;
  }
  const bool exchange_over = worker_.loop().now_ns() >= exchange_.deadline_ns;
  if (exchange_.route->hook_optional && exchange_.pool && !exchange_over) {
    if (late) worker_.count(Timeout::hook);
    if (full) worker_.count(Limit::hook_queue);
    return false;
  }
  if (late) exchange_.timeout = exchange_over ? Timeout::exchange : Timeout::hook;
  if (full) exchange_.limit = Limit::hook_queue;
  after = late ? answer(504, "no hook decided in time") : answer(503, "too many wait for a hook");
  return true;
}

io::Task<Session::After> Session::answer_for_host(HookDecision& decision) {
  exchange_.status = decision.status;
  if (client_leaves()) exchange_.keep_alive = false;
  const bool whole = exchange_.keep_alive && !request_framing_.has_body();
  std::string_view body = decision.body.view();
  const size_t before = down_.size();
  if (!write_host_head(decision, body.size(), whole)) {
    down_.set_size(before);
    co_return answer(503, "out of memory");
  }
  if (request_.method_id == http::Method::head) body = {};
  exchange_.bytes_out += down_.size() - before;
  if (body.size() <= small_body && down_.append(body)) {
    exchange_.bytes_out += body.size();
  } else if (!co_await send_body(body)) {
    exchange_.cut = true;
    co_return After::broken;
  }
  co_return whole ? After::next : After::close;
}

bool Session::write_host_head(const HookDecision& decision, size_t size, bool whole) {
  if (!down_.reserve(512 + decision.fields.size())) return false;
  const auto write = [this](auto&& lines) {
    http::Writer writer(down_.data() + down_.size(), down_.capacity() - down_.size());
    lines(writer);
    down_.set_size(down_.size() + writer.size());
    return writer.ok();
  };
  return write([&](http::Writer& writer) {
           writer.status_line(decision.status, http::reason_of(decision.status));
           if (!decision.dated) writer.field(http::Name::date, worker_.date());
         }) &&
         down_.append(decision.fields.view()) && write([&](http::Writer& writer) {
           if (has_length(decision.status))
             writer.field(http::Name::content_length, uint64_t{size});
           end_own_head(writer, whole);
         });
}

io::Task<bool> Session::send_body(std::string_view body) {
  while (!body.empty()) {
    const std::string_view piece = body.substr(0, piece_size);
    const std::array<iovec, 2> pieces = {
        iovec{.iov_base = down_.data(), .iov_len = down_.size()},
        iovec{.iov_base = const_cast<char*>(piece.data()), .iov_len = piece.size()}};
    const bool more = worker_.loop().now_ns() < exchange_.deadline_ns;
    if (!more) exchange_.timeout = Timeout::exchange;
    if (!more) co_return false;
    out_->send(std::span(pieces).subspan(down_.empty() ? 1 : 0));
    co_await wait_until_sent();
    down_.clear();
    if (out_->error()) co_return false;
    exchange_.bytes_out += piece.size();
    body.remove_prefix(piece.size());
  }
  co_return true;
}

}  // namespace zest::proxy
