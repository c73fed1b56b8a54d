// What the epoll backend does when an fd is ready: the operations as ordinary calls.
#include <poll.h>

#include <cerrno>

#include "io/epoll/batch.h"
#include "io/epoll/epoll_backend.h"
#include "sys/socket.h"

namespace zest::io {
namespace {

// How often one op may complete in one wait, so that a busy fd leaves room for others.
constexpr size_t repeats_max = 64;
// Fewer buffers, so that whoever receives can stop in time.
constexpr size_t buffers_max = 8;

template <typename Call>
int32_t retried(Call call) {
  for (;;) {
    const auto result = call();
    if (result >= 0) return static_cast<int32_t>(result);
    if (errno != EINTR) return -errno;
  }
}

}  // namespace

void EpollBackend::carry_out(Batch& batch) {
  List<Op> due;
  ready_.move_to(due);
  while (Op* op = due.front()) {
    if (batch.full()) break;
    op->unlink();
    attempt(*op, batch);
  }
  due.move_to(ready_);  // what found no room
}

void EpollBackend::attempt(Op& op, Batch& batch) {
  const Request& request = op.request();
  if (op.cancelling()) return end(op, batch, {.op = &op, .result = -ECANCELED});
  if (!watched(op)) return end(op, batch, {.op = &op, .result = -ENOMEM});
  if (const int error = watch_fd(request.fd, watch(request.fd)))
    return end(op, batch, {.op = &op, .result = -error});
  switch (request.kind) {
    case Kind::accept: return attempt_accept(op, batch);
    case Kind::recv: return attempt_recv(op, batch);
    case Kind::recv_pooled: return attempt_recv_pooled(op, batch);
    case Kind::send:
    case Kind::send_message: return attempt_send(op, batch);
    case Kind::connect: return attempt_connect(op, batch);
    case Kind::poll: return attempt_poll(op, batch);
    case Kind::none: ZEST_ASSERT(false);
  }
}

void EpollBackend::end(Op& op, Batch& batch, Event event) {
  if (watched(op)) waiter(op) = nullptr;
  event.op = &op;
  event.more = false;
  batch.add(event);
}

void EpollBackend::attempt_accept(Op& op, Batch& batch) {
  const Request& request = op.request();
  for (size_t i = 0; i < repeats_max && !batch.full(); ++i) {
    const int result = sys::accept(request.fd);
    if (result == -EINTR) continue;
    if (result == -EAGAIN) {
      watch(request.fd).readable = false;
      return;
    }
    if (result < 0 || !request.multishot) return end(op, batch, {.result = result});
    batch.add({.op = &op, .result = result, .more = true});
  }
  ready(&op);
}

// A short read has emptied the socket, except for an end that was announced along with the bytes,
// and where it stopped in front of urgent data.
void EpollBackend::attempt_recv(Op& op, Batch& batch) {
  const Request& request = op.request();
  Watch& of_fd = watch(request.fd);
  const int32_t result = retried([&] {
    return ::recv(request.fd, request.bytes, request.size,
                  static_cast<int>(request.flags) | MSG_DONTWAIT);
  });
  if (result < static_cast<int32_t>(request.size) && !of_fd.short_of_all) of_fd.readable = false;
  if (result == -EAGAIN) {
    of_fd.readable = false;
    return;
  }
  end(op, batch, {.result = result});
}

void EpollBackend::attempt_recv_pooled(Op& op, Batch& batch) {
  const Request& request = op.request();
  Watch& of_fd = watch(request.fd);
  for (size_t i = 0; i < buffers_max && !batch.full(); ++i) {
    if (free_buffers_->empty()) return end(op, batch, {.result = -ENOBUFS});
    const uint16_t id = free_buffers_->top();
    const std::span<std::byte> into = pool_->open(id);
    const int32_t result =
        retried([&] { return ::recv(request.fd, into.data(), into.size(), MSG_DONTWAIT); });
    if (result <= 0) pool_->shut(id);
    const bool emptied = result < static_cast<int32_t>(pool_->size());
    if (result == -EAGAIN || (emptied && !of_fd.short_of_all)) of_fd.readable = false;
    if (result == -EAGAIN) return;
    if (result <= 0) return end(op, batch, {.result = result});
    free_buffers_->pop();
    const Event event{
        .op = &op, .result = result, .more = true, .has_buffer = true, .buffer_id = id};
    if (!request.multishot) return end(op, batch, event);
    batch.add(event);
    if (!of_fd.readable) return;
  }
  ready(&op);
}

void EpollBackend::attempt_send(Op& op, Batch& batch) {
  const Request& request = op.request();
  const int flags = static_cast<int>(request.flags) | MSG_DONTWAIT | MSG_NOSIGNAL;
  const int32_t result = retried([&]() -> ssize_t {
    if (request.kind == Kind::send_message) return ::sendmsg(request.fd, request.message, flags);
    return ::send(request.fd, request.const_bytes, request.size, flags);
  });
  if (result == -EAGAIN) {
    watch(request.fd).writable = false;
    return;
  }
  end(op, batch, {.result = result});
}

// The first attempt begins it; when the socket turns writable it has come to something.
void EpollBackend::attempt_connect(Op& op, Batch& batch) {
  const Request& request = op.request();
  const int32_t result =
      retried([&] { return ::connect(request.fd, request.address, request.size); });
  if (result == -EINPROGRESS || result == -EALREADY) {
    watch(request.fd).writable = false;
    return;
  }
  end(op, batch, {.result = result == -EISCONN ? 0 : result});
}

void EpollBackend::attempt_poll(Op& op, Batch& batch) {
  const Request& request = op.request();
  pollfd now{.fd = request.fd, .events = static_cast<short>(request.flags), .revents = 0};
  const int32_t result = retried([&] { return ::poll(&now, 1, 0); });
  if (result == 0) return;  // the next event asks again
  const Event event{.op = &op, .result = result < 0 ? result : now.revents, .more = true};
  if (result < 0 || !request.multishot) return end(op, batch, event);
  batch.add(event);  // once per edge, as the ring does it
}

}  // namespace zest::io
