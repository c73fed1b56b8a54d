#include "zproxy/admin_exchange.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

#include "base/clock.h"
#include "http/framing.h"
#include "http/serialize.h"

namespace zest::zproxy {
namespace {

constexpr int64_t exchange_ms = 2'000;
constexpr int64_t linger_ms = 500;

bool later(ssize_t result) { return result < 0 && (errno == EINTR || errno == EAGAIN); }

}  // namespace

AdminExchange::AdminExchange(Fd fd, const Pages& pages, int64_t now_ns)
    : fd_(std::move(fd)), pages_(pages), deadline_ns_(deadline_after_ms(now_ns, exchange_ms)) {
  head_.base = bytes_.data();
  head_.fields = fields_.data();
  head_.field_capacity = static_cast<uint32_t>(fields_.size());
}

short AdminExchange::events() const { return stage_ == Stage::sending ? POLLOUT : POLLIN; }

void AdminExchange::ready(int64_t now_ns) {
  if (stage_ == Stage::reading) read();
  if (stage_ == Stage::sending)
    send(now_ns);
  else if (stage_ == Stage::lingering)
    discard();
}

void AdminExchange::read() {
  const ssize_t got = ::recv(fd_.get(), bytes_.data() + size_, bytes_.size() - size_, MSG_DONTWAIT);
  if (later(got)) return;
  if (got <= 0) {
    stage_ = Stage::over;
    return;
  }
  size_ += static_cast<size_t>(got);
  const http::Limits limits{.head_bytes = head_max, .request_line = head_max};
  switch (parser_.parse({bytes_.data(), size_}, head_, limits)) {
    case http::Parse::complete: answer_with(answer()); break;
    case http::Parse::incomplete:
      if (size_ == bytes_.size()) stage_ = Stage::over;
      break;
    default:
      answer_with(
          {.status = parser_.refusal().status, .body = std::string(parser_.refusal().why) + '\n'});
  }
}

Page AdminExchange::answer() {
  http::Framing framing;
  http::Refusal refusal;
  if (!http::frame_request(head_, framing, refusal))
    return {.status = refusal.status, .body = std::string(refusal.why) + '\n'};
  without_body_ = head_.method_id == http::Method::head;
  if (head_.method_id != http::Method::get && !without_body_)
    return {.status = 405, .body = "GET and HEAD alone\n"};
  const std::string_view target = head_.request_target();
  return pages_(target.substr(0, target.find('?')));
}

void AdminExchange::answer_with(const Page& page) {
  std::array<char, 512> room;
  http::Writer writer(room.data(), room.size());
  writer.status_line(page.status, http::reason_of(page.status));
  writer.field(http::Name::content_type, page.type);
  writer.field(http::Name::content_length, uint64_t{page.body.size()});
  writer.field("Cache-Control", "no-store");
  if (page.status == 405) writer.field("Allow", "GET, HEAD");
  writer.field("Connection", "close");
  writer.end_head();
  answer_ = writer.ok() ? writer.view() : "";
  if (!without_body_) answer_ += page.body;
  stage_ = Stage::sending;
}

void AdminExchange::send(int64_t now_ns) {
  const ssize_t sent = ::send(fd_.get(), answer_.data() + sent_, answer_.size() - sent_,
                              MSG_NOSIGNAL | MSG_DONTWAIT);
  if (later(sent)) return;
  if (sent < 0) {
    stage_ = Stage::over;
    return;
  }
  sent_ += static_cast<size_t>(sent);
  if (sent_ < answer_.size()) return;
  // Closing with something unread would reset the connection and take the answer back.
  ::shutdown(fd_.get(), SHUT_WR);
  deadline_ns_ = deadline_after_ms(now_ns, linger_ms);
  stage_ = Stage::lingering;
}

void AdminExchange::discard() {
  const ssize_t got = ::recv(fd_.get(), bytes_.data(), bytes_.size(), MSG_DONTWAIT);
  if (got <= 0 && !later(got)) stage_ = Stage::over;
}

}  // namespace zest::zproxy
