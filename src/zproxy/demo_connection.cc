#include "zproxy/demo_connection.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "http/chunked.h"
#include "http/serialize.h"

namespace zest::zproxy {
namespace {

constexpr size_t piece = 65536;

constexpr std::string_view page = R"(<!doctype html>
<html lang="en"><meta charset="utf-8"><title>zproxy</title>
<meta name="viewport" content="width=device-width">
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:40em;margin:4em auto;padding:0 1em}
code{background:#8882;padding:.1em .3em;border-radius:3px}</style>
<h1>It works</h1>
<p>This page came from a small origin inside zproxy, through the proxy, to you.</p>
<ul>
<li><a href="/bytes/1000"><code>/bytes/1000</code></a>: so many bytes, up to 1073741824
<li><code>curl --data-binary @file http://127.0.0.1:8080/echo</code>: what you send comes back
<li><code>zproxy --listen :8080 --to 127.0.0.1:3000</code>: the same in front of your own server
</ul>
</html>
)";

}  // namespace

DemoConnection::DemoConnection(Fd fd) : fd_(std::move(fd)) {
  request_.fields = fields_.data();
  request_.field_capacity = static_cast<uint32_t>(fields_.size());
}

short DemoConnection::events() const { return out_.empty() && fill_ == 0 ? POLLIN : POLLOUT; }

bool DemoConnection::go_on() {
  if (events() == POLLIN && !receive()) return false;
  while (out_.empty() && fill_ == 0 && !ending_ && take_request()) {
  }
  return send();
}

bool DemoConnection::receive() {
  char bytes[piece];
  const ssize_t got = ::recv(fd_.get(), bytes, sizeof bytes, 0);
  if (got < 0) return errno == EAGAIN || errno == EINTR;
  in_.append(bytes, static_cast<size_t>(got));
  return got > 0;
}

bool DemoConnection::send() {
  while (!out_.empty() || fill_ > 0) {
    if (out_.empty()) {
      out_.assign(std::min<uint64_t>(fill_, piece), 'z');
      fill_ -= out_.size();
    }
    const ssize_t sent = ::send(fd_.get(), out_.data(), out_.size(), MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN || errno == EINTR;
    out_.erase(0, static_cast<size_t>(sent));
  }
  return !ending_;
}

bool DemoConnection::take_request() {
  if (in_.empty()) return false;
  request_.base = in_.data();
  const http::Parse parsed = parser_.parse(in_, request_);
  if (parsed == http::Parse::incomplete) return false;
  if (parsed == http::Parse::refused) {
    refuse(parser_.refusal().status, parser_.refusal().why);
    return false;
  }
  http::Refusal refusal;
  parser_.reset();
  if (!http::frame_request(request_, framing_, refusal)) {
    refuse(refusal.status, refusal.why);
    return false;
  }
  size_t whole = 0;
  std::string body;
  if (!has_body(whole, body)) {
    if (framing_.expect_continue && !std::exchange(continued_, true) && !ending_)
      out_ = "HTTP/1.1 100 Continue\r\n\r\n";
    return false;
  }
  ending_ = !framing_.keep_alive;
  continued_ = false;
  answer(body);
  in_.erase(0, whole);
  return true;
}

bool DemoConnection::has_body(size_t& whole, std::string& body) {
  whole = request_.size;
  if (framing_.kind == http::BodyKind::none) return true;
  if (framing_.kind == http::BodyKind::chunked) return has_chunked_body(whole, body);
  if (framing_.length > body_max) refuse(413, "8 MiB is the most here");
  if (ending_ || in_.size() - whole < framing_.length) return false;
  body = in_.substr(whole, framing_.length);
  whole += framing_.length;
  return true;
}

// From the beginning each time that more has come: a demonstration may.
bool DemoConnection::has_chunked_body(size_t& whole, std::string& body) {
  using State = http::ChunkedDecoder::State;
  http::ChunkedDecoder decoder;
  std::string_view rest = std::string_view(in_).substr(whole);
  for (;;) {
    const auto step = decoder.feed(rest);
    rest.remove_prefix(step.consumed);
    body += step.data;
    if (body.size() > body_max) refuse(413, "8 MiB is the most here");
    if (step.state == State::refused) refuse(400, decoder.refusal().why);
    if (ending_ || step.state == State::more) return false;
    if (step.state == State::done) break;
  }
  whole = in_.size() - rest.size();
  return true;
}

void DemoConnection::answer(std::string_view body) {
  constexpr std::string_view bytes = "/bytes/";
  std::string_view path = request_.request_target();
  path = path.substr(0, path.find('?'));
  if (path.starts_with(bytes)) return answer_bytes(path.substr(bytes.size()));
  const bool reads =
      request_.method_id == http::Method::get || request_.method_id == http::Method::head;
  if (!reads) return reply(200, "application/octet-stream", body);
  if (path == "/") return reply(200, "text/html; charset=utf-8", page);
  reply(404, "text/plain", "not here; / and /bytes/N are\n");
}

void DemoConnection::answer_bytes(std::string_view digits) {
  uint64_t size = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, size);
  if (error != std::errc() || stop != end || size > bytes_max)
    return reply(400, "text/plain", "/bytes/N needs a number up to 1073741824\n");
  head(200, "application/octet-stream", size);
  if (request_.method_id != http::Method::head) fill_ = size;
}

void DemoConnection::reply(uint16_t status, std::string_view type, std::string_view body) {
  head(status, type, body.size());
  if (request_.method_id != http::Method::head) out_ += body;
}

void DemoConnection::head(uint16_t status, std::string_view type, uint64_t size) {
  std::array<char, 512> room;
  http::Writer writer(room.data(), room.size());
  writer.status_line(status, http::reason_of(status));
  writer.field(http::Name::server, "zproxy-demo");
  writer.field(http::Name::content_type, type);
  writer.field(http::Name::content_length, size);
  if (ending_) writer.field(http::Name::connection, "close");
  writer.end_head();
  out_ = writer.view();
}

void DemoConnection::refuse(uint16_t status, std::string_view why) {
  ending_ = true;
  request_.method_id = http::Method::other;
  reply(status, "text/plain", why);
}

}  // namespace zest::zproxy
