// The receiving half of a channel.
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "sys/fault.h"
#include "tls/channel.h"

namespace zest::tls {
namespace {

constexpr size_t received_max = 65'536;

}  // namespace

ssize_t Channel::receive_into(std::span<std::byte> into, int flags) {
  if (const int error = sys::fault::at("recv", {ECONNRESET, EAGAIN})) return -error;
  const ssize_t got = ::recv(fd_, into.data(), into.size(), MSG_DONTWAIT | flags);
  return got < 0 ? -errno : got;
}

// The end of the stream, or -errno.
Channel::Step Channel::nothing_received(ssize_t got) {
  if (got == -EAGAIN || got == -EINTR) return Step::want_read;
  return got == 0 ? Step::truncated : broke(static_cast<int>(-got));
}

// A peer that speaks something else can be answered as it is: its bytes are still to be read.
Channel::Step Channel::look_at_first() {
  std::array<std::byte, 1> first;
  const ssize_t got = receive_into(first, MSG_PEEK);
  if (got <= 0) return nothing_received(got);
  looked_ = true;
  (void)engine_->open(first);
  return engine_->state() == Engine::State::failed ? failure() : Step::done;
}

// One whole record, and no byte of the next: that may be the kernel's.
Channel::Step Channel::receive_record() {
  if (serves_ && !looked_)
    if (const Step looked = look_at_first(); looked != Step::done) return looked;
  if (!room_) room_.reset(static_cast<std::byte*>(malloc(record_size_max)));
  if (!room_) return broke(ENOMEM);
  for (;;) {
    const Engine::Opened opened = engine_->open({room_.get(), have_});
    if (opened.taken > 0 || engine_->state() == Engine::State::failed) {
      have_ = 0;
      return Step::done;
    }
    const ssize_t got = receive_into({room_.get() + have_, opened.need - have_});
    if (got <= 0) return nothing_received(got);
    have_ += static_cast<size_t>(got);
  }
}

Channel::Moved Channel::read(std::span<std::byte> into) {
  if (*why_) return {Step::failed};
  if (kernel_) return read_from_kernel(into);
  while (plain_.empty())
    if (const Step received = receive(); received != Step::done) return {received};
  const size_t size = std::min(into.size(), plain_.size());
  memcpy(into.data(), plain_.data(), size);
  plain_ = plain_.subspan(size);
  return {Step::done, size};
}

// Why nothing more can be read, or `done`.
Channel::Step Channel::outcome() {
  if (engine_->state() == Engine::State::failed) return failure();
  if (engine_->ended()) return Step::ended;
  return engine_->is_open() ? Step::done : Step::failed;
}

Channel::Step Channel::receive() {
  if (const Step over = outcome(); over != Step::done) return over;
  if (!room_) room_.reset(static_cast<std::byte*>(malloc(headroom + received_max)));
  if (!room_) return broke(ENOMEM);
  const std::span<std::byte> room(room_.get() + headroom, received_max);
  const ssize_t got = receive_into(room);
  if (got <= 0) {
    room_.reset();  // who waits holds no memory
    return nothing_received(got);
  }
  return open(room.first(static_cast<size_t>(got)));
}

// Plaintext of a record that came in pieces stands before that of the others.
Channel::Step Channel::open(std::span<std::byte> bytes) {
  Assembly assembled;
  std::span<std::byte> ahead;
  if (!assembly_.empty()) {
    if (!assembly_.add(bytes)) return broke(ENOMEM);
    if (!assembly_.whole()) return Step::done;
    assembled = std::exchange(assembly_, {});
    ahead = assembled.record().first(engine_->open_all(assembled.record()).plain);
  }
  const Engine::OpenedAll all = engine_->open_all(bytes);
  std::span<std::byte> rest = bytes.subspan(all.taken);
  if (!assembly_.add(rest)) return broke(ENOMEM);
  std::byte* const begin = bytes.data() - ahead.size();
  if (!ahead.empty()) memcpy(begin, ahead.data(), ahead.size());
  plain_ = {begin, ahead.size() + all.plain};
  // What is to be answered goes now, or with what is sent next.
  if (engine_->state() != Engine::State::failed && engine_->wants_to_send()) (void)send_sealed();
  error_ = 0;
  return Step::done;
}

Channel::Moved Channel::read_from_kernel(std::span<std::byte> into) {
  while (!ended_) {
    const ssize_t got = receive_into(into);
    if (got > 0) {
      data_came_ = true;
      return {Step::done, static_cast<size_t>(got)};
    }
    if (got < 0 && kernel_->refused_record(fd_, static_cast<int>(-got))) return {kernel_failed()};
    if (got != -EIO) return {nothing_received(got)};
    if (const Step heard = hear(); heard != Step::done) return {heard};
  }
  return {Step::ended};
}

Channel::Step Channel::hear() {
  if (!kernel_) return Step::failed;
  switch (kernel_->hear(fd_, std::exchange(data_came_, false))) {
    case Kernel::Heard::nothing: return Step::done;
    case Kernel::Heard::ended: ended_ = true; return Step::ended;
    case Kernel::Heard::finish:
      why_ = "the peer has changed its keys, which this kernel cannot";
      return Step::failed;
    case Kernel::Heard::failed: break;
  }
  return kernel_failed();
}

// For good, whatever is still to be received.
Channel::Step Channel::kernel_failed() {
  why_ = kernel_->why();
  return Step::failed;
}

}  // namespace zest::tls
