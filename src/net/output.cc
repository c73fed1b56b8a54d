#include "net/output.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

namespace zest::net {
namespace {

constexpr size_t overhead_room = 256;        // of the five records that a buffer's bytes make
constexpr size_t spare_size = 16'384 + 256;  // a whole record of TLS, and what stands around it

}  // namespace

void Output::send(std::span<const iovec> pieces) {
  ZEST_ASSERT(!busy() && pieces.size() <= pieces_max);
  cancelled_ = stopping_ = moved_ = false;
  sealing_ = layer_ && !layer_->transparent();
  if (sealing_) layer_->begin_send();
  left_ = std::span(pieces_).last(pieces.size());
  std::ranges::copy(pieces, left_.begin());
  begin();
}

void Output::begin() {
  if (sealing_) return begin_sealed();
  if (left_.size() == 1) {
    const auto bytes = static_cast<const std::byte*>(left_[0].iov_base);
    return loop_.send(op_, fd_, {bytes, left_[0].iov_len}, MSG_NOSIGNAL | more_);
  }
  message_ = {};
  message_.msg_iov = left_.data();
  message_.msg_iovlen = left_.size();
  loop_.send_message(op_, fd_, message_);
}

void Output::begin_sealed() {
  if (sealed_.empty() && !seal()) return;
  loop_.send(op_, fd_, sealed_, MSG_NOSIGNAL);
}

// Sending must not wait for buffers to come back: they do when something is sent.
std::span<std::byte> Output::room() {
  if (!sealed_buffer_.holds_memory() && !spare_ && !moved_) take_buffer();
  if (sealed_buffer_.holds_memory()) return sealed_buffer_.bytes();
  if (!spare_) spare_.reset(new (std::nothrow) std::byte[spare_size]);
  return {spare_.get(), spare_ ? spare_size : 0};
}

// With a little of the headroom: else a full buffer that is passed on sealed would go out as two
// sends, one of them of 110 bytes.
void Output::take_buffer() {
  sealed_buffer_ = loop_.buffers()->take();
  if (!sealed_buffer_.holds_memory()) return;
  const size_t front = std::min(sealed_buffer_.room_before(), overhead_room);
  sealed_buffer_.extend_front(static_cast<uint32_t>(front));
}

// As many records as one buffer takes go out in one send.
bool Output::seal() {
  const std::span<std::byte> room = this->room();
  if (room.empty()) {
    error_ = ENOBUFS;
    return false;
  }
  sealed_ = room.first(layer_->seal(left_, room));
  while (!left_.empty() && left_[0].iov_len == 0) left_ = left_.subspan(1);
  if (sealed_.empty()) error_ = EPIPE;
  return !sealed_.empty();
}

// A short send means that the socket's buffer is full, also one of nothing at all (EAGAIN: where
// the kernel has tried too often); the next one waits for room. It is also what a cancelled one may
// come to.
void Output::done(io::Completion completion) noexcept {
  const bool only_stopped = stopping_ && completion.result == -ECANCELED;
  if (completion.result < 0 && completion.result != -EAGAIN && !only_stopped) {
    error_ = -completion.result;
  } else {
    advance(static_cast<size_t>(std::max(completion.result, 0)));
    const bool more = !left_.empty() || !sealed_.empty();
    if (more && cancelled_) error_ = ECANCELED;
    stopped_ = more && !cancelled_ && stopping_;
    if (more && !cancelled_ && !stopped_) begin();
  }
  if (!busy() && !stopped_) end();
  if (handler_) handler_(owner_);
}

void Output::stop() {
  if (!busy() || op_.cancelling()) return;
  stopping_ = true;
  loop_.cancel(op_);
}

size_t Output::left() const {
  size_t size = sealed_.size();
  for (const iovec& piece : left_) size += piece.iov_len;
  return size;
}

// What is sealed already goes out as it is; the rest is one piece then.
void Output::move_to(std::span<std::byte> memory) {
  ZEST_ASSERT(stopped_ && memory.size() >= left());
  const std::span<std::byte> plain = memory.subspan(sealed_.size());
  std::ranges::copy(sealed_, memory.begin());
  sealed_ = memory.first(sealed_.size());
  std::byte* to = plain.data();
  for (const iovec& piece : left_) {
    memcpy(to, piece.iov_base, piece.iov_len);
    to += piece.iov_len;
  }
  pieces_.back() = {.iov_base = plain.data(), .iov_len = plain.size()};
  left_ = std::span(pieces_).last(plain.empty() ? 0 : 1);
  sealed_buffer_ = {};
  spare_.reset();
  moved_ = true;
}

void Output::go_on() {
  stopped_ = stopping_ = false;
  begin();
}

// Behind half a record nothing more may go out.
void Output::end() {
  sealed_buffer_ = {};
  spare_.reset();
  if (sealing_ && sealed_.empty()) layer_->end_send();
}

void Output::advance(size_t bytes) {
  sent_ += bytes;
  if (sealing_) {
    sealed_ = sealed_.subspan(bytes);
    return;
  }
  while (!left_.empty() && bytes >= left_[0].iov_len) {
    bytes -= left_[0].iov_len;
    left_ = left_.subspan(1);
  }
  if (left_.empty()) return;
  left_[0].iov_base = static_cast<std::byte*>(left_[0].iov_base) + bytes;
  left_[0].iov_len -= bytes;
}

}  // namespace zest::net
