#include "proxy/wire.h"

#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "support/backends.h"
#include "support/torture.h"

namespace zest::test {
namespace {

constexpr int slice_ms = 10;

bool same_name(std::string_view one, std::string_view other) {
  return std::ranges::equal(one, other,
                            [](char a, char b) { return ::tolower(a) == ::tolower(b); });
}

// Calls back with name and value of each field.
void each_field(std::string_view head, auto call) {
  for (size_t at = head.find("\r\n"); at != head.npos;) {
    const size_t begin = at + 2;
    at = head.find("\r\n", begin);
    const std::string_view line = head.substr(begin, at - begin);
    const size_t colon = line.find(':');
    if (colon == line.npos) continue;
    std::string_view value = line.substr(colon + 1);
    while (value.starts_with(' ')) value.remove_prefix(1);
    call(line.substr(0, colon), value);
  }
}

int64_t now_ms() { return system_clock().now_ns() / ns_per_ms; }

}  // namespace

int64_t patience_ms() { return fault_fired() ? 60 : 15'000; }
void pause_ms(int64_t ms) { ::usleep(static_cast<useconds_t>(ms * 1000)); }

std::string Message::first_line() const { return head.substr(0, head.find("\r\n")); }

int Message::status() const { return head.size() > 12 ? atoi(head.c_str() + 9) : 0; }

std::string Message::field(std::string_view name) const {
  std::string found = "-";
  each_field(head, [&](std::string_view one, std::string_view value) {
    if (found == "-" && same_name(one, name)) found = value;
  });
  return found;
}

int Message::count(std::string_view name) const {
  int found = 0;
  each_field(head, [&](std::string_view one, std::string_view) { found += same_name(one, name); });
  return found;
}

// What is sent goes at once.
Wire::Wire(Fd fd, const std::atomic<bool>* stop) : fd_(std::move(fd)), stop_(stop) {
  const int on = 1;
  ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

bool Wire::await(short events, int64_t for_ms) const {
  const int64_t began_ms = now_ms();
  for (;;) {
    pollfd poll{.fd = fd_.get(), .events = events, .revents = 0};
    const int64_t left_ms = std::min(for_ms, patience_ms()) - (now_ms() - began_ms);
    if (::poll(&poll, 1, static_cast<int>(std::clamp<int64_t>(left_ms, 0, slice_ms))) > 0)
      return true;
    if (left_ms <= 0 || (stop_ && *stop_)) return false;
  }
}

bool Wire::send(std::string_view bytes) {
  return send_until_stuck(bytes, patience_ms()) == bytes.size();
}

size_t Wire::send_until_stuck(std::string_view bytes, int64_t stuck_ms) {
  size_t sent = 0;
  while (sent < bytes.size() && await(POLLOUT, stuck_ms)) {
    const ssize_t n =
        ::send(fd_.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno != EAGAIN) break;
    if (n > 0) sent += static_cast<size_t>(n);
  }
  return sent;
}

bool Wire::fill(int64_t for_ms) {
  if (end_ || !fd_.valid() || !await(POLLIN, for_ms)) return false;
  std::array<char, 65536> piece;
  const ssize_t n = ::recv(fd_.get(), piece.data(), piece.size(), MSG_DONTWAIT);
  if (n > 0) {
    arrived_.append(piece.data(), static_cast<size_t>(n));
    return true;
  }
  end_ = true;
  reset_ = n < 0;
  return false;
}

std::string Wire::take(size_t size) {
  std::string taken = arrived_.substr(0, size);
  arrived_.erase(0, taken.size());
  return taken;
}

std::string Wire::read(size_t size) {
  while (arrived_.size() < size && fill(patience_ms())) {
  }
  return take(size);
}

std::string Wire::read_all() { return read(SIZE_MAX); }

bool Wire::ended() {
  while (arrived_.empty() && fill(patience_ms())) {
  }
  return end_ && arrived_.empty();
}

bool Wire::silent(int64_t for_ms) { return arrived_.empty() && !end_ && !await(POLLIN, for_ms); }

bool Wire::read_line(std::string& line) {
  size_t end;
  while ((end = arrived_.find("\r\n")) == arrived_.npos)
    if (!fill(patience_ms())) return false;
  line = take(end + 2);
  line.resize(end);
  return true;
}

bool Wire::read_chunks(Message& message) {
  std::string line;
  while (read_line(line)) {
    const size_t size = strtoul(line.c_str(), nullptr, 16);
    if (size == 0) {
      while (read_line(line)) {
        if (line.empty()) return true;
        message.trailers += line + "\r\n";
      }
      return false;
    }
    const std::string data = read(size);
    message.body += data;
    if (data.size() < size || !read_line(line) || !line.empty()) return false;
  }
  return false;
}

bool Wire::read_body(Message& message, Kind kind) {
  const int status = kind == Kind::request ? 0 : message.status();
  if (kind == Kind::answer_to_head || status / 100 == 1 || status == 204 || status == 304)
    return true;
  if (message.field("transfer-encoding") == "chunked") return read_chunks(message);
  if (const std::string length = message.field("content-length"); length != "-") {
    const size_t size = strtoul(length.c_str(), nullptr, 10);
    message.body = read(size);
    return message.body.size() == size;
  }
  if (kind == Kind::request) return true;
  message.body = read_all();
  return end_ && !reset_;
}

std::string Wire::head() {
  size_t end;
  while ((end = arrived_.find("\r\n\r\n")) == arrived_.npos)
    if (!fill(patience_ms())) return {};
  return take(end + 4);
}

Message Wire::message(Kind kind) {
  Message message;
  message.head = head();
  message.whole = !message.head.empty() && read_body(message, kind);
  return message;
}

void Wire::finish() { ::shutdown(fd_.get(), SHUT_WR); }

void Wire::receive_little() {
  const int size = 16'384;
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
}

void Wire::reset() {
  const linger hard{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  close();
}

}  // namespace zest::test
