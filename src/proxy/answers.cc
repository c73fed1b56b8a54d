// What the proxy answers itself.
#include "proxy/connection.h"
#include "proxy/listener.h"
#include "proxy/session.h"
#include "proxy/worker.h"

namespace zest::proxy {
namespace {

constexpr std::string_view methods = "GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH";

Limit limit_of(uint16_t status) {
  switch (status) {
    case 413: return Limit::body_bytes;
    case 414: return Limit::request_line;
    case 431: return Limit::head_bytes;
    default: return Limit::none;
  }
}

// "404 Not Found" and a line end; nothing for our one good answer, that to OPTIONS.
Text<64> body_for(uint16_t status) {
  Text<64> body;
  const std::string_view reason = http::reason_of(status);
  if (status != 200)
    body.append("%u %.*s\n", status, static_cast<int>(reason.size()), reason.data());
  return body;
}

}  // namespace

// With a short text for people. The connection goes on only if the request has been read to its
// end, and was one.
Session::After Session::answer(uint16_t status, const char* why) {
  exchange_.status = status;
  exchange_.why = why;
  if (exchange_.limit == Limit::none) exchange_.limit = limit_of(status);
  const bool whole = exchange_.keep_alive && !request_framing_.has_body();
  const size_t before = down_.size();
  if (!down_.reserve(512 + (status == 308 ? up_.size() : 0))) return After::broken;
  http::Writer writer(down_.data() + before, down_.capacity() - before);
  const Text<64> body = body_for(status);
  write_own_head(writer, status, body.view().size(), whole);
  down_.set_size(before + writer.size());
  const bool bodiless = request_.method_id == http::Method::head;
  if (!writer.ok() || (!bodiless && !down_.append(body.view()))) {
    down_.set_size(before);
    return After::broken;
  }
  exchange_.bytes_out += down_.size() - before;
  return whole ? After::next : After::close;
}

void Session::write_own_head(http::Writer& writer, uint16_t status, size_t size, bool whole) {
  using http::Name;
  writer.status_line(status, http::reason_of(status));
  writer.field(Name::date, worker_.date());
  if (size > 0) writer.field(Name::content_type, "text/plain; charset=utf-8");
  writer.field(Name::content_length, uint64_t{size});
  if (status == 405 || status == 200) writer.field(Name::allow, methods);
  if (status == 308) writer.field(Name::location, up_.view());
  end_own_head(writer, whole);
}

void Session::end_own_head(http::Writer& writer, bool whole) {
  if (!whole) {
    writer.field(http::Name::connection, "close");
  } else if (request_.minor == 0) {
    writer.field(http::Name::connection, "keep-alive");
  }
  writer.end_head();
}

Session::After Session::answer_refusal() {
  const http::Limits& limits = client_->listener().config().limits.head;
  if (refusal_.status == 431 && refusal_.offset < limits.head_bytes)
    exchange_.limit = Limit::fields;
  return answer(refusal_.status, refusal_.why);
}

Session::After Session::answer_failure(Asked asked) {
  switch (asked) {
    case Asked::no_connection:
      if (exchange_.timeout == Timeout::connect)
        return answer(504,
                      *exchange_.why ? exchange_.why : "no origin took the connection in time");
      return answer(502, *exchange_.why ? exchange_.why : "no origin took the connection");
    case Asked::no_fd:
      exchange_.limit = Limit::fds;
      worker_.shed_idle();
      return answer(503, "out of file descriptors");
    case Asked::died:
      return answer(502, *exchange_.why ? exchange_.why : "the origin closed without an answer");
    case Asked::malformed: return answer(502, *refusal_.why ? refusal_.why : "a bad answer");
    case Asked::too_late: return answer(504, "the origin did not answer in time");
    case Asked::body_refused:
      if (exchange_.timeout == Timeout::body) return answer(408, "the body did not arrive in time");
      if (exchange_.timeout != Timeout::none) return answer(504, "the origin took no more");
      if (shed_wanted()) return answer(503, "out of receive buffers");
      if (exchange_.limit == Limit::body_bytes) return answer(413, "the body is too large");
      return exchange_.cut ? After::broken : answer(400, "the body is malformed");
    case Asked::answered:
    case Asked::switched:
    case Asked::client_gone:
    case Asked::cancelled: return After::broken;
  }
  return After::broken;
}

// Nothing of it has been sent: then it can still be told from a good one. Else the client must see
// the cut, also where only the connection's end would have been the answer's.
Session::After Session::answer_cut(RelayEnd end, const Relay& down) {
  note_download_end(end);
  if (!down.prefix.empty()) {
    refusal_.why = down.reader.why();
    exchange_.cut = false;
    return answer_failure(Asked::malformed);
  }
  const bool framed = answer_framing_.kind == http::BodyKind::length || chunk_for_client();
  if (!framed) client_->reset_at_close();
  return After::broken;
}

// True: there is no need of an origin.
bool Session::answers_itself(After& after) {
  decide_keep_alive();
  const bool last_hop = request_.value(http::Name::max_forwards) == "0";
  if (request_.method_id == http::Method::trace) {
    after = answer(405, "TRACE is not served");
  } else if (request_framing_.length > client_->listener().config().limits.body_bytes) {
    after = answer(413, "the body is too large");
  } else if (request_.form == http::TargetForm::asterisk ||
             (request_.method_id == http::Method::options && last_hop)) {
    after = answer(200, "");
  } else if (!route_request()) {
    after = answer(404, "no route");
  } else if (exchange_.route->to_https) {
    after = send_to_https();
  } else {
    return false;
  }
  return true;
}

bool Session::route_request() {
  const WorkerSetup& setup = client_->listener().setup();
  exchange_.route = setup.router().find(request_.text(request_.host), request_.request_target(),
                                        client_->encrypted());
  if (!exchange_.route) return false;
  const size_t upstream = exchange_.route->upstream;
  if (upstream != no_upstream) exchange_.pool = &setup.pool(upstream);
  return true;
}

// 308, since that keeps the method. The place is put together where a head for an origin would be.
Session::After Session::send_to_https() {
  const std::string_view host = without_port(request_.text(request_.host));
  if (host.empty()) return answer(400, "no host that could be asked with TLS");
  up_.clear();
  for (const std::string_view part :
       {std::string_view("https://"), host, request_.request_target()})
    if (!up_.append(part)) return After::broken;
  return answer(308, "");
}

void Session::decide_keep_alive() {
  const uint32_t most = client_->listener().config().limits.requests_per_connection;
  exchange_.keep_alive = request_framing_.keep_alive && !client_leaves();
  if (most == 0 || client_->requests() < most) return;
  exchange_.keep_alive = false;
  exchange_.limit = Limit::requests_per_connection;
}

}  // namespace zest::proxy
