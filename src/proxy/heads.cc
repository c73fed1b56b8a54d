// Heads as they come and as they go: everything that crosses is a validated field.
#include <algorithm>
#include <charconv>

#include "http/connection.h"
#include "proxy/client_certificate.h"
#include "proxy/connection.h"
#include "proxy/field_names.h"
#include "proxy/forwarded.h"
#include "proxy/listener.h"
#include "proxy/session.h"
#include "proxy/withhold.h"
#include "proxy/worker.h"

namespace zest::proxy {
namespace {

using http::Name;

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Room for what we add to a head, beside names of our own of any length.
constexpr size_t own_fields = 1024;

constexpr http::Limits answer_limits = {.head_bytes = 65'536,
                                        .fields = http::Head::field_count_max};

}  // namespace

// Usually a head is in one buffer, and read where it arrived. One that is not is put together in
// memory of its own, since buffers are few.
http::Parse Session::read_head(Connection& client) {
  const http::Limits& limits = client.listener().config().limits.head;
  if (!client.partial() && !drop_empty_line(client)) return parsed_ = http::Parse::incomplete;
  if (!client.partial()) {
    const std::string_view arrived = text_of(client.stream().input().front());
    request_.base = arrived.data();
    head_in_place_ = true;
    http::RequestParser parser(worker_.scan());
    parsed_ = parser.parse(arrived, request_, limits);
    if (parsed_ != http::Parse::incomplete) {
      refusal_ = parser.refusal();
      return parsed_;
    }
    client.partial().reset(new (std::nothrow) PartialHead{{}, parser, worker_.loop().now_ns()});
    if (!client.partial()) return refuse_head();
  }
  return read_partial(client);
}

// RFC 9112, 2.2: a CRLF that a client puts behind a body begins no request. False: nothing else
// came.
bool Session::drop_empty_line(Connection& client) {
  net::Stream& stream = client.stream();
  if (client.requests() == 0 || text_of(stream.input().front()) != "\r\n") return true;
  worker_.counters().bytes_from_clients.add(2);
  stream.consume(2);
  return !stream.input().empty();
}

// There is no memory for it.
http::Parse Session::refuse_head() {
  refusal_ = {.status = 503, .offset = 0, .why = "out of memory"};
  return parsed_ = http::Parse::refused;
}

http::Parse Session::read_partial(Connection& client) {
  PartialHead& partial = *client.partial();
  net::Stream& stream = client.stream();
  head_in_place_ = false;
  parsed_ = http::Parse::incomplete;
  while (parsed_ == http::Parse::incomplete && !stream.input().empty()) {
    const std::string_view arrived = text_of(stream.input().front());
    if (!partial.bytes.append(arrived)) return refuse_head();
    request_.base = partial.bytes.data();
    parsed_ = partial.parser.parse(partial.bytes.view(), request_,
                                   client.listener().config().limits.head);
    const size_t beyond =
        parsed_ == http::Parse::complete ? partial.bytes.size() - request_.size : 0;
    stream.consume(arrived.size() - beyond);
  }
  refusal_ = partial.parser.refusal();
  return parsed_;
}

// It was forwarded, or will not be: its memory goes back. What it said is not asked for any more.
void Session::release_head() {
  if (parsed_ == http::Parse::incomplete) return;
  if (head_in_place_ && parsed_ == http::Parse::complete) {
    exchange_.bytes_in += request_.size;
    client_->stream().consume(request_.size);
  } else if (head_in_place_) {
    exchange_.bytes_in += client_->stream().input().size();  // where it ends nobody knows
  }
  if (!head_in_place_) {
    const size_t came = client_->partial() ? client_->partial()->bytes.size() : 0;
    exchange_.bytes_in += parsed_ == http::Parse::complete ? request_.size : came;
    client_->partial().reset();
  }
  parsed_ = http::Parse::incomplete;
}

bool Session::write_request_head() {
  note_upgrade();
  http::mark_hop_by_hop(request_);
  up_.clear();
  for (size_t room = request_.size + own_fields; room <= size_t{1} << 20; room *= 2) {
    if (!up_.reserve(room)) return false;
    http::Writer writer(up_.data(), up_.capacity());
    write_request(writer);
    up_.set_size(writer.size());
    if (writer.ok()) return true;
    if (writer.invalid()) break;
    up_.clear();
  }
  refusal_.why = "the request's head cannot be written for the origin";
  return false;
}

void Session::write_request(http::Writer& writer) {
  writer.request_line(request_.text(request_.method), request_.request_target());
  if (!changes_ || !changes_->request.hosted) write_host(writer);
  if (request_framing_.kind == http::BodyKind::chunked)
    writer.field(Name::transfer_encoding, "chunked");
  const bool upgrades = exchange_.upgrades;
  if (upgrades) writer.field(Name::upgrade, upgrade_.view());
  if (upgrades) writer.field(Name::connection, "upgrade");
  if (!upgrades && !exchange_.pool->keeps()) writer.field(Name::connection, "close");
  if (request_.has(Name::max_forwards)) write_max_forwards(writer);
  const ForwardedConfig& forwarded = client_->listener().config().forwarded;
  ClientFacts facts = client_->facts();
  facts.ip = client_ip_.view();
  facts.host = request_.text(request_.host);
  write_forwarded(forwarded, facts, request_, writer);
  const Listener& listener = client_->listener();
  const CertificateFacts shown = client_->certificate();
  const Withheld& withheld = listener.setup().shared().withheld;
  if (!facts.trusted) {
    withheld.all.drop_from(request_);
  } else {
    withheld.all.drop_shadows_from(request_);
    if (shown.asked) withheld.certificate.drop_from(request_);
  }
  write_certificate(listener.config().certificate_fields, shown, writer);
  write_via(forwarded.via, request_, writer);
  if (changes_) drop_fields(changes_->request.gone, request_);
  if (changes_) writer.lines(changes_->request.lines.view());
  writer.fields(request_);
  writer.end_head();
}

void Session::write_host(http::Writer& writer) {
  const std::string& set_host = exchange_.route->set_host;
  const http::Field* host = request_.find(Name::host);
  const std::string_view asked = request_.text(request_.host);
  if (set_host.empty() && host && request_.text(host->value) == asked) return;
  withhold(request_, Name::host);
  writer.field(Name::host, set_host.empty() ? asked : std::string_view(set_host));
}

void Session::write_max_forwards(http::Writer& writer) {
  if (request_.method_id != http::Method::options) return;
  const std::string_view text = request_.value(Name::max_forwards);
  uint64_t hops = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), hops);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || hops == 0) return;
  withhold(request_, Name::max_forwards);
  writer.field(Name::max_forwards, hops - 1);
}

// The answer's head, where it arrived; or put together, if it came in pieces.
http::Parse Session::parse_answer() {
  io::BufferQueue& input = link_->in().input();
  http::Parse parsed = http::Parse::incomplete;
  while (parsed == http::Parse::incomplete && !input.empty()) {
    if (exchange_.first_byte_ns == 0)
      exchange_.first_byte_ns = worker_.loop().now_ns() - exchange_.began_ns;
    const std::string_view arrived = text_of(input.front());
    answer_in_place_ = partial_.empty();
    if (answer_in_place_) {
      http::ResponseParser parser(worker_.scan());
      answer_.base = arrived.data();
      parsed = parser.parse(arrived, answer_, answer_limits);
      if (parsed == http::Parse::refused) refusal_ = parser.refusal();
      if (parsed != http::Parse::incomplete) break;
      partial_parser_ = parser;
    }
    if (!partial_.append(arrived)) return http::Parse::refused;
    if (!answer_in_place_) {
      answer_.base = partial_.data();
      parsed = partial_parser_.parse(partial_.view(), answer_, answer_limits);
      if (parsed == http::Parse::refused) refusal_ = partial_parser_.refusal();
    }
    const bool complete = parsed == http::Parse::complete;
    link_->in().consume(arrived.size() - (complete ? partial_.size() - answer_.size : 0));
  }
  if (parsed == http::Parse::complete &&
      !http::frame_response(answer_, request_.method_id, answer_framing_, refusal_))
    return http::Parse::refused;
  return parsed;
}

void Session::release_answer_head() {
  if (answer_in_place_) link_->in().consume(answer_.size);
  partial_.clear();
}

// A body whose end its sender does not announce is announced by us, to whoever understands it.
bool Session::chunk_for_client() const {
  return request_.minor > 0 && (answer_framing_.kind == http::BodyKind::chunked ||
                                answer_framing_.kind == http::BodyKind::until_close);
}

size_t Session::answer_head_room() const {
  return answer_.size + own_fields + (changes_ ? changes_->answer.lines.size() : 0);
}

bool Session::write_answer_head(bool interim) {
  http::mark_hop_by_hop(answer_);
  const bool unannounced = answer_framing_.kind == http::BodyKind::chunked ||
                           answer_framing_.kind == http::BodyKind::until_close;
  if (unannounced && !chunk_for_client()) exchange_.keep_alive = false;
  // RFC 9110, 8.6: not in 1xx and 204.
  if (interim || answer_.status == 204) withhold(answer_, Name::content_length);
  const size_t before = down_.size();
  const HookEdit* edit = changes_ ? &changes_->answer : nullptr;
  const bool edited = edit && (!interim || answer_.status == 101);
  if (!down_.reserve(answer_head_room())) return false;
  http::Writer writer(down_.data() + before, down_.capacity() - before);
  writer.status_line(answer_.status, answer_.text(answer_.reason));
  if (!interim) write_answer_fields(writer);
  if (answer_.status == 101) {
    writer.field(Name::upgrade, answer_.value(Name::upgrade));
    writer.field(Name::connection, "upgrade");
  }
  if (edited) drop_fields(edit->gone, answer_);
  if (edited) writer.lines(edit->lines.view());
  writer.fields(answer_);
  writer.end_head();
  if (!writer.ok()) return false;
  down_.set_size(before + writer.size());
  return true;
}

void Session::write_answer_fields(http::Writer& writer) {
  // RFC 9110, 6.6.1: what came without one gets the time at which it came.
  const bool dated = answer_.has(Name::date) || (changes_ && changes_->answer.dated);
  if (!dated) writer.field(Name::date, worker_.date());
  if (chunk_for_client()) writer.field(Name::transfer_encoding, "chunked");
  if (client_leaves() || !request_read()) exchange_.keep_alive = false;
  if (!exchange_.keep_alive) {
    writer.field(Name::connection, "close");
  } else if (request_.minor == 0) {
    writer.field(Name::connection, "keep-alive");
  }
  write_via(client_->listener().config().forwarded.via, answer_, writer);
}

}  // namespace zest::proxy
