#include "acceptor/clients.h"

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "support/sockets.h"
#include "support/torture.h"

namespace zest::test {
namespace {

// Without TIME_WAIT, so that the ports last.
void vanish_on_close(const Fd& fd) {
  const linger hard{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
}

}  // namespace

std::vector<Fd> connect_to(const sys::Address& address, size_t count) {
  std::vector<Fd> clients;
  for (size_t i = 0; i < count; ++i) clients.push_back(connected_to(address));
  return clients;
}

// Bound, not listening: the kernel gives the port to nobody who asks for any, and refuses clients.
Fd hold_port(const sys::Address& address) {
  if (!address.is_ip()) return {};
  Fd fd(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  CHECK(::bind(fd.get(), address.get(), address.size()) == 0);
  return fd;
}

Churn::Churn(const sys::Address& address, int clients) : address_(address) {
  for (int i = 0; i < clients; ++i) threads_.emplace_back([this] { run(); });
}

void Churn::stop() {
  stopping_ = true;
  threads_.clear();
}

void Churn::run() {
  while (!stopping_) visit();
}

// For 15 s, for a moment once a fault has spoilt the case, and then not at all at its end.
bool Churn::await(const Fd& fd, short events) const {
  constexpr int slice_ms = 10;
  const auto patience_ms = [] { return fault_fired() ? 300 : 15'000; };
  for (int waited_ms = 0; waited_ms < patience_ms(); waited_ms += slice_ms) {
    pollfd waiting{.fd = fd.get(), .events = events, .revents = 0};
    if (::poll(&waiting, 1, slice_ms) == 1) return true;
    if (stopping_ && (fault_fired() || (tortured() && events == POLLOUT))) return false;
  }
  return false;
}

// The errno that it came to, 0 for success.
int Churn::connect(const Fd& fd) const {
  if (::connect(fd.get(), address_.get(), address_.size()) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  // Under torture a SYN that was held off is given up at the end: it comes again after a second.
  if (!await(fd, POLLOUT)) return stopping_ && tortured() ? ECANCELED : ETIMEDOUT;
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

void Churn::visit() {
  const Fd fd(::socket(address_.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  vanish_on_close(fd);
  switch (const int error = connect(fd)) {
    case 0: return await_byte(fd);
    case ENOENT:  // a Unix path that is gone
    case ECONNREFUSED:
      ++refused_;
      ::usleep(500);
      return;
    case ECANCELED: return;
    case EAGAIN: ::usleep(100); return;  // a Unix socket whose queue is full
    default:
      if (!fault_fired()) fprintf(stderr, "client: connect: errno %d\n", error);
      ++lost_;
  }
}

void Churn::await_byte(const Fd& fd) {
  char byte = 0;
  const ssize_t got = await(fd, POLLIN) ? ::recv(fd.get(), &byte, 1, 0) : -1;
  if (got == 1 && byte == 'k') {
    ++served_;
  } else {
    ++lost_;
  }
}

Answerers::Answerers(Host& host, int threads)
    : host_(host),
      threads_(host.driven() ? static_cast<int>(host.service().shard_count()) : threads) {
  for (int i = 0; i < threads_; ++i)
    running_.emplace_back([this, shard = static_cast<uint32_t>(i)] { run(shard); });
}

Answerers::~Answerers() {
  stopping_ = true;
  running_.clear();
}

void Answerers::join() { running_.clear(); }

void Answerers::run(uint32_t shard) {
  const auto timeout_ms = static_cast<int64_t>(load(50));
  while (!stopping_) {
    std::vector<Taken> taken;
    const Status status =
        host_.driven() ? host_.take_from(shard, taken, timeout_ms) : host_.take(taken, timeout_ms);
    for (const Taken& each : taken)
      if (each.fd.valid() && ::send(each.fd.get(), "k", 1, MSG_NOSIGNAL) == 1) ++answered_;
    if (status == Status::ok || status == Status::timed_out) continue;
    if (status == Status::closed) ++closed_;
    return;
  }
}

}  // namespace zest::test
