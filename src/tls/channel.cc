#include "tls/channel.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <new>

#include "sys/fault.h"

namespace zest::tls {
namespace {

constexpr size_t piece_max = 4 * plaintext_max;  // sealed at once
constexpr size_t sealed_max = Engine::sealed_size(piece_max);

ssize_t send_some(int fd, std::span<const std::byte> bytes) {
  if (const int error = sys::fault::at("send", {EPIPE, EAGAIN})) return -error;
  const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return sent < 0 ? -errno : sent;
}

Result<std::unique_ptr<Channel>> made_or_not(std::unique_ptr<Channel> channel) {
  if (!channel) return fail(Status::out_of_memory, "no memory for a TLS connection");
  return channel;
}

}  // namespace

Result<std::unique_ptr<Channel>> Channel::server(int fd,
                                                 std::shared_ptr<const ServerContext> context) {
  const KernelUse use = context->kernel();
  auto engine = Engine::server(std::move(context));
  if (!engine) return fail(engine.error());
  return made_or_not(
      std::unique_ptr<Channel>(new (std::nothrow) Channel(fd, true, use, std::move(*engine))));
}

Result<std::unique_ptr<Channel>> Channel::client(int fd,
                                                 std::shared_ptr<const ClientContext> context,
                                                 const std::string& name) {
  const KernelUse use = context->kernel();
  auto engine = Engine::client(std::move(context), name);
  if (!engine) return fail(engine.error());
  return made_or_not(
      std::unique_ptr<Channel>(new (std::nothrow) Channel(fd, false, use, std::move(*engine))));
}

const char* Channel::why() const {
  if (*why_) return why_;
  return kernel_ ? kernel_->why() : engine_->why();
}

Channel::Step Channel::broke(int os_errno) {
  error_ = os_errno;
  return Step::broken;
}

// What cannot be sent any more is no better reason than the one before it.
Channel::Step Channel::failure() {
  (void)send_sealed();
  return engine_->not_tls() ? Step::not_tls : Step::failed;
}

Channel::Step Channel::handshake() {
  while (!settled_) {
    if (error_) return Step::broken;
    if (engine_->state() == Engine::State::failed) return failure();
    if (const Step sent = send_sealed(); sent != Step::done) return sent;
    if (engine_->is_open()) return settle();
    const Step received = receive_record();
    if (received != Step::done) return received;
  }
  return *why_ ? Step::failed : Step::done;
}

// Nothing beyond the handshake's records has been taken from the socket.
Channel::Step Channel::settle() {
  settled_ = true;
  room_.reset();
  if (!use_.wanted) return Step::done;
  const bool can = use_.takes(engine_->incoming().suite) && engine_->kernel_may_take_over();
  if (can) {
    auto taken = Kernel::take_over(fd_, *engine_);
    if (taken) {
      kernel_ = std::move(*taken);
      engine_.reset();
      return Step::done;
    }
    if (taken.error().lost) why_ = "the kernel has taken the keys of one direction alone";
  }
  if (use_.required && !*why_) why_ = "the kernel cannot take this connection's keys";
  return *why_ ? Step::failed : Step::done;
}

Channel::Moved Channel::write(std::span<const std::byte> from) {
  if (closed_) return {Step::ended};
  if (*why_) return {Step::failed};
  if (kernel_) return write_to_kernel(from);
  if (const Step sent = send_sealed(); sent != Step::done) return {sent};
  if (!engine_->is_open()) return {failure()};
  Moved moved;
  while (moved.size < from.size() && moved.step == Step::done) {
    sealed_.reset(static_cast<std::byte*>(malloc(sealed_max)));
    if (!sealed_) return moved.size ? moved : Moved{broke(ENOMEM)};
    const size_t size = std::min(from.size() - moved.size, piece_max);
    iovec piece{.iov_base = const_cast<std::byte*>(from.data()) + moved.size, .iov_len = size};
    std::span<iovec> plain(&piece, 1);
    unsent_ = {sealed_.get(), engine_->seal(plain, {sealed_.get(), sealed_max})};
    if (engine_->state() == Engine::State::failed) return {Step::failed};
    moved.size += size - (plain.empty() ? 0 : plain.front().iov_len);
    moved.step = send_sealed();
  }
  if (moved.size > 0 && moved.step != Step::want_write) moved.step = Step::done;
  return moved;
}

Channel::Step Channel::flush() {
  if (*why_) return Step::failed;
  return kernel_ ? Step::done : send_sealed();
}

// What was sealed before, then what the engine has to say for itself.
Channel::Step Channel::send_sealed() {
  for (;;) {
    while (!unsent_.empty()) {
      const ssize_t sent = send_some(fd_, unsent_);
      if (sent == -EAGAIN || sent == -EINTR) return Step::want_write;
      if (sent < 0) return broke(static_cast<int>(-sent));
      unsent_ = unsent_.subspan(static_cast<size_t>(sent));
    }
    sealed_.reset();
    if (!engine_->wants_to_send()) return Step::done;
    sealed_.reset(static_cast<std::byte*>(malloc(sealed_max)));
    if (!sealed_) return broke(ENOMEM);
    std::span<iovec> none;
    unsent_ = {sealed_.get(), engine_->seal(none, {sealed_.get(), sealed_max})};
    if (unsent_.empty()) return Step::done;
  }
}

Channel::Step Channel::close() {
  if (*why_) return Step::failed;
  if (kernel_) return close_in_kernel();
  if (!engine_->is_open())
    return engine_->state() == Engine::State::failed ? failure() : Step::failed;
  closed_ = true;
  engine_->close();
  return send_sealed();
}

Channel::Step Channel::close_in_kernel() {
  if (closed_) return Step::done;
  closed_ = kernel_->close(fd_);
  if (closed_) return Step::done;
  pollfd room{.fd = fd_, .events = POLLOUT, .revents = 0};
  if (::poll(&room, 1, 0) == 0) return Step::want_write;
  closed_ = kernel_->close(fd_);
  return closed_ ? Step::done : broke(EPIPE);
}

Channel::Moved Channel::write_to_kernel(std::span<const std::byte> from) {
  Moved moved;
  while (moved.size < from.size()) {
    const ssize_t sent = send_some(fd_, from.subspan(moved.size));
    if (sent == -EAGAIN || sent == -EINTR) {
      moved.step = Step::want_write;
      break;
    }
    if (sent < 0) {
      if (moved.size == 0) moved.step = broke(static_cast<int>(-sent));
      break;
    }
    moved.size += static_cast<size_t>(sent);
  }
  return moved;
}

}  // namespace zest::tls
