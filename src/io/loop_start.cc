// Starting, cancelling and closing: what a loop hands to its backend.
#include <sys/socket.h>

#include <cerrno>

#include "io/loop.h"
#include "sys/fault.h"

namespace zest::io {
namespace {

// What an operation of each kind is made to fail with, for the torture run.
int injected_error(const Request& request) {
  using sys::fault::at;
  switch (request.kind) {
    case Kind::accept:
      return at("op accept", {ECONNABORTED, EMFILE, ENOMEM, ENOBUFS, EAGAIN, EINTR});
    case Kind::recv: return at("op recv", {ECONNRESET, ENOMEM, ECANCELED, EINTR, EAGAIN});
    case Kind::recv_pooled: return at("op recv_pooled", {ECONNRESET, ENOBUFS, ECANCELED, EINTR});
    case Kind::send: return at("op send", {EPIPE, ENOMEM, ECANCELED, EINTR, EAGAIN});
    case Kind::send_message: return at("op send_message", {EPIPE, ENOMEM, ECANCELED, EINTR});
    case Kind::connect: return at("op connect", {ECONNREFUSED, ENOMEM, ECANCELED});
    case Kind::poll: return at("op poll", {ENOMEM, ECANCELED, EINTR});
    case Kind::none: return 0;
  }
  return 0;
}

// At once, whoever else holds on to the socket; by a reset, if its close was to be one.
void let_go(int fd) {
  ::linger how{};
  socklen_t size = sizeof how;
  const bool asked = ::getsockopt(fd, SOL_SOCKET, SO_LINGER, &how, &size) == 0;
  const bool hard = asked && how.l_onoff != 0 && how.l_linger == 0;
  const sockaddr nobody{.sa_family = AF_UNSPEC, .sa_data = {}};
  if (hard && ::connect(fd, &nobody, sizeof nobody) == 0) return;
  ::shutdown(fd, SHUT_RDWR);
}

bool shortens(const Request& request) {
  return (request.kind == Kind::recv || request.kind == Kind::send) && request.size > 1 &&
         sys::fault::at("short transfer", EIO) != 0;
}

}  // namespace

void Loop::accept(Op& op, int fd) { start(op, {.kind = Kind::accept, .repeat = true, .fd = fd}); }
void Loop::accept_once(Op& op, int fd) { start(op, {.kind = Kind::accept, .fd = fd}); }

void Loop::recv(Op& op, int fd, std::span<std::byte> into) {
  start(op, {.kind = Kind::recv,
             .fd = fd,
             .size = static_cast<uint32_t>(into.size()),
             .bytes = into.data()});
}

void Loop::recv_pooled(Op& op, int fd) {
  ZEST_ASSERT(pool_);
  start(op, {.kind = Kind::recv_pooled, .repeat = true, .fd = fd});
}

void Loop::recv_pooled_once(Op& op, int fd) {
  ZEST_ASSERT(pool_);
  start(op, {.kind = Kind::recv_pooled, .fd = fd});
}

void Loop::send(Op& op, int fd, std::span<const std::byte> bytes, int flags) {
  start(op, {.kind = Kind::send,
             .fd = fd,
             .flags = static_cast<uint32_t>(flags),
             .size = static_cast<uint32_t>(bytes.size()),
             .const_bytes = bytes.data()});
}

void Loop::send_message(Op& op, int fd, const msghdr& message) {
  start(op, {.kind = Kind::send_message, .fd = fd, .message = &message});
}

void Loop::connect(Op& op, int fd, const sockaddr* address, socklen_t size) {
  start(op, {.kind = Kind::connect, .fd = fd, .size = size, .address = address});
}

void Loop::poll(Op& op, int fd, uint32_t events) {
  start(op, {.kind = Kind::poll, .fd = fd, .flags = events});
}

void Loop::poll_repeat(Op& op, int fd, uint32_t events) {
  start(op, {.kind = Kind::poll, .repeat = true, .fd = fd, .flags = events});
}

void Loop::start(Op& op, const Request& request) {
  ZEST_ASSERT(!op.in_flight_);
  op.request_ = request;
  op.in_flight_ = true;
  op.cancelling_ = false;
  ++in_flight_;
  if (int error = injected_error(request)) return hold(op, -error);
  if (shortens(request)) op.request_.size = 1;
  begin(op);
}

void Loop::begin(Op& op) {
  op.request_.multishot = op.request_.repeat && !(refused_multishot_ & bit(op.request_.kind));
  backend_->start(op);
}

void Loop::cancel(Op& op) {
  if (!op.in_flight_ || op.cancelling_) return;
  op.cancelling_ = true;
  if (!op.held_by_loop_) return backend_->cancel(op);
  op.unlink();
  hold(op, -ECANCELED);
}

// A ring that has failed holds on to the sockets of what it was asked; the peers would wait.
void Loop::close(Fd fd) {
  if (!fd.valid()) return;
  if (failed()) let_go(fd.get());
  backend_->forget(fd.get());
}

}  // namespace zest::io
