#include "io/epoll/epoll_backend.h"

#include <poll.h>
#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <climits>
#include <new>

#include "base/clock.h"
#include "io/epoll/batch.h"
#include "sys/fault.h"
#include "sys/socket.h"

namespace zest::io {
namespace {

// Rounded up, so that a timer does not turn the loop a few times too early.
int milliseconds(int64_t timeout_ns) {
  if (timeout_ns == never_ns) return -1;
  return static_cast<int>(std::min<int64_t>((timeout_ns + ns_per_ms - 1) / ns_per_ms, INT_MAX));
}

}  // namespace

Result<std::unique_ptr<EpollBackend>> EpollBackend::create(BufferPool* pool) {
  if (int error = sys::fault::at("epoll_create1", EMFILE))
    return fail_errno(error, "epoll_create1");
  Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.valid()) return fail_errno(errno, "epoll_create1");
  auto backend = std::unique_ptr<EpollBackend>(new EpollBackend(std::move(epoll)));
  if (pool) {
    backend->pool_ = pool;
    backend->free_buffers_ = std::make_unique<BufferStack>(pool->count());
    pool->stock(*backend->free_buffers_);
  }
  return backend;
}

// Ops are started by handlers, which must not throw.
bool EpollBackend::make_room(int fd) noexcept try {
  const auto index = static_cast<size_t>(fd);
  if (index >= watches_.size()) watches_.resize(std::max(index + 1, watches_.size() * 2));
  return true;
} catch (const std::bad_alloc&) {
  return false;
}

// False for an op that found no room.
bool EpollBackend::watched(Op& op) {
  return static_cast<size_t>(op.request().fd) < watches_.size() && waiter(op) == &op;
}

// Once per fd and for both directions; the kernel then tells of each change, starting with the
// present state. Returns an errno.
int EpollBackend::watch_fd(int fd, Watch& watch) {
  if (watch.registered) return 0;
  if (int error = sys::fault::at("epoll_ctl", {ENOMEM, ENOSPC})) return error;
  constexpr uint32_t changes = EPOLLIN | EPOLLOUT | EPOLLPRI | EPOLLRDHUP;
  epoll_event event{.events = changes | EPOLLET, .data = {.fd = fd}};
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) return errno;
  watch.registered = true;
  return 0;
}

bool EpollBackend::reads(const Op& op) {
  switch (op.request().kind) {
    case Kind::accept:
    case Kind::recv:
    case Kind::recv_pooled: return true;
    default: return false;
  }
}

Op*& EpollBackend::waiter(Op& op) {
  Watch& of_fd = watch(op.request().fd);
  // Who polls for room alone sends when there is some: the other's poll on this fd may be a
  // reader's.
  if (op.request().kind == Kind::poll && op.request().flags != POLLOUT) return of_fd.poller;
  return reads(op) ? of_fd.reader : of_fd.writer;
}

void EpollBackend::ready(Op* op) {
  if (op && !op->linked()) ready_.push_back(*op);
}

void EpollBackend::start(Op& op) {
  if (!make_room(op.request().fd)) return ready(&op);  // attempt() reports it
  Op*& place = waiter(op);
  ZEST_ASSERT(!place);  // one reader, one writer and one poller an fd
  place = &op;
  Watch& of_fd = watch(op.request().fd);
  const bool known = of_fd.registered;
  // Sends usually go at once, a connect must begin, a poll asks; what is not watched yet is told of
  // by its registration. Attempts are made in wait(), never inside start().
  const Kind kind = op.request().kind;
  const bool worth_it = reads(op) ? of_fd.readable : of_fd.writable || !known;
  if (kind == Kind::poll ? known : worth_it || kind == Kind::connect) ready(&op);
  if (known) return;
  if (watch_fd(op.request().fd, of_fd) != 0) ready(&op);  // attempt() reports the failure
}

void EpollBackend::cancel(Op& op) { ready(&op); }

void EpollBackend::abandon(Op& op) {
  if (watched(op)) waiter(op) = nullptr;
}

void EpollBackend::forget(int fd) {
  if (static_cast<size_t>(fd) >= watches_.size()) return;
  Watch& of_fd = watch(fd);
  ZEST_ASSERT(!of_fd.reader && !of_fd.writer && !of_fd.poller);
  // Explicitly: another process may hold the same file open, and then closing would not do it.
  if (of_fd.registered) ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
  of_fd = {};
}

size_t EpollBackend::wait(std::span<Event> into, int64_t timeout_ns) {
  Batch batch(into);
  carry_out(batch);
  gather(batch.count() > 0 || !ready_.empty() ? 0 : timeout_ns);
  carry_out(batch);
  counters_.completions += batch.count();
  return batch.count();
}

size_t EpollBackend::collect(std::span<Event> into) {
  Batch batch(into);
  return batch.count();  // nothing completes outside wait()
}

void EpollBackend::gather(int64_t timeout_ns) {
  std::array<epoll_event, 128> events;
  ++counters_.enters;
  int error = sys::fault::at("epoll_wait", EINTR);
  int count = -1;
  if (error == 0) {
    count = ::epoll_wait(epoll_.get(), events.data(), events.size(), milliseconds(timeout_ns));
    error = count < 0 ? errno : 0;
  }
  ZEST_ASSERT(error == 0 || error == EINTR);
  for (int i = 0; i < count; ++i)
    note(events[static_cast<size_t>(i)].data.fd, events[static_cast<size_t>(i)].events);
}

void EpollBackend::note(int fd, uint32_t events) {
  Watch& of_fd = watch(fd);
  const bool ended = (events & (EPOLLERR | EPOLLHUP)) != 0;
  of_fd.short_of_all |= ended || (events & (EPOLLRDHUP | EPOLLPRI)) != 0;
  ready(of_fd.poller);
  if (ended || (events & (EPOLLIN | EPOLLRDHUP))) {
    of_fd.readable = true;
    ready(of_fd.reader);
  }
  if (ended || (events & EPOLLOUT)) {
    of_fd.writable = true;
    ready(of_fd.writer);
  }
}

}  // namespace zest::io
