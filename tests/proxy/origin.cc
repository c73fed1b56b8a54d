#include "proxy/origin.h"

#include <sys/socket.h>

#include <array>
#include <cstdio>

namespace zest::test {

Visit::Visit(Origin& origin, Fd fd, int connection)
    : Wire(std::move(fd), &origin.stopping_), number(connection), origin_(origin) {}

bool Visit::stopping() const { return origin_.stopping_; }

Message Visit::request() {
  Message request = message(Kind::request);
  if (request.head.empty()) return request;
  const std::lock_guard lock(origin_.mutex_);
  origin_.requests_.push_back(request);
  return request;
}

Origin::Origin(Script script) : script_(std::move(script)), listening_(listening(1024, false)) {
  accepts_ = std::jthread([this] { accept(); });
}

Origin::~Origin() {
  stopping_ = true;
  ::shutdown(listening_.fd.get(), SHUT_RDWR);
  accepts_.join();
}

void Origin::accept() {
  for (;;) {
    Fd fd(::accept4(listening_.fd.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (stopping_) return;
    if (!fd.valid()) continue;
    served_.remove_if([](const Served& one) { return one.done.load(); });
    Served& served = served_.emplace_back();
    const int number = ++connections_;
    served.thread = std::jthread([this, &served, number, held = std::move(fd)]() mutable {
      serve(served, std::move(held), number);
    });
  }
}

void Origin::serve(Served& served, Fd fd, int number) {
  {
    Visit visit(*this, std::move(fd), number);
    script_(visit);
  }
  served.done = true;
}

std::vector<Message> Origin::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

Message Origin::request(size_t index) const {
  const std::lock_guard lock(mutex_);
  return index < requests_.size() ? requests_[index] : Message{};
}

Origin::Script answering(std::string bytes) {
  return [bytes = std::move(bytes)](Visit& visit) {
    while (visit.request().whole) visit.send(bytes);
  };
}

Origin::Script answering_once(std::string bytes) {
  return [bytes = std::move(bytes)](Visit& visit) {
    if (visit.request().whole) visit.send(bytes);
  };
}

std::string ok(std::string_view body, std::string_view fields) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(fields) + "\r\n" + std::string(body);
}

std::string chunked(std::string_view body, size_t chunk) {
  std::string coded;
  while (!body.empty()) {
    const std::string_view data = body.substr(0, chunk);
    std::array<char, 20> size;
    snprintf(size.data(), size.size(), "%zx\r\n", data.size());
    coded += size.data() + std::string(data) + "\r\n";
    body.remove_prefix(data.size());
  }
  return coded + "0\r\n\r\n";
}

std::string ok_chunked(std::string_view body, size_t chunk) {
  return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(body, chunk);
}

std::string get(std::string_view target, std::string_view fields) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: a.test\r\n" + std::string(fields) +
         "\r\n";
}

std::string post(std::string_view body, std::string_view fields) {
  return "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n" + std::string(fields) + "\r\n" + std::string(body);
}

std::string post_chunked(std::string_view body, size_t chunk) {
  return "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n" +
         chunked(body, chunk);
}

}  // namespace zest::test
