#include "net/stream.h"

#include <poll.h>

#include <cerrno>
#include <utility>

namespace zest::net {
namespace {

// Receiving was cancelled, or found no buffer while it was, or the kernel gave it up since the
// socket seemed readable and was not, too often (one in a socket map does): none is the
// connection's affair.
bool is_pause(int32_t result) {
  return result == -ECANCELED || result == -ENOBUFS || result == -EAGAIN;
}

}  // namespace

// One receive that repeats costs least. But it takes all that has arrived, up to 32 buffers, before
// it can be stopped.
void Stream::receive() {
  if (one_by_one()) {
    loop().recv_pooled_once(receive_op_, fd_.get());
  } else {
    loop().recv_pooled(receive_op_, fd_.get());
  }
}

// Of records in the kernel one that waits for its end makes the socket look readable (seen on 6.1):
// a single receive would try again and again, and in the end take a thread of the kernel's.
bool Stream::one_by_one() const {
  if (layer_ && layer_->wants_kernel()) return true;
  return bulk_ && !(layer_ && layer_->transparent());
}

// One slow reader must not starve the pool: who holds much gets less when little is left.
bool Stream::crowded() const {
  const io::BufferPool& pool = input_.pool();
  const bool scarce = pool.available() < pool.count() / 4;
  return input_.buffers() >= (scarce ? 1 : bulk_ ? bulk_buffers_max : buffers_max);
}

void Stream::received(io::Completion completion) noexcept {
  if (receive_op_.request().kind == io::Kind::poll) return watched(completion.result);
  if (completion.result > 0) {
    take(std::move(completion.buffer));
  } else if (completion.result == 0) {
    end();
  } else if (!completion.more && !is_pause(completion.result)) {
    fail(-completion.result);
  }
  if (completion.more) {
    if (!paused_ && (one_by_one() || crowded() || wants_room())) {
      paused_ = true;
      loop().cancel(receive_op_);
    }
  } else {
    go_on();
  }
  if (handler_) handler_(owner_);
}

// Nothing is being received.
void Stream::go_on() {
  if (finished() || cancelled_ || held_) return;
  if (wants_room()) send_rest();
  if (!error_ && wants_room()) return loop().poll(receive_op_, fd_.get(), POLLOUT);
  if (layer_ && layer_->wants_kernel() && !error_) set_error(layer_->give_to_kernel());
  if (error_) return;
  paused_ = crowded();
  if (!paused_) receive();
}

void Stream::take(io::Buffer buffer) {
  bulk_ |= buffer.bytes().size() == input_.pool().size();
  data_came_ = true;
  if (plain()) return input_.push(std::move(buffer));
  if (finished()) return;
  set_error(layer_->open(std::move(buffer), input_));
  ended_ = layer_->ended();
}

void Stream::drop_layer() {
  layer_.reset();
  error_ = 0;
  held_ = false;
  if (!busy() && !ended_) receive();
}

void Stream::fail(int os_errno) {
  set_error(os_errno);
  const bool about_record = os_errno == EIO || os_errno == EBADMSG;
  if (!about_record || !layer_ || !layer_->transparent()) return;
  const bool data_came = data_came_;
  data_came_ = false;
  set_error(layer_->hear(data_came));
  ended_ = layer_->ended();
}

// An end that a layer's peer has not announced may be anybody's: what came before it is not whole.
void Stream::end() {
  if (layer_ && !layer_->ended()) {
    error_ = ECONNRESET;
  } else {
    ended_ = true;
  }
}

void Stream::consume(size_t bytes) {
  input_.consume(bytes);
  if (!paused_ || busy() || finished() || cancelled_ || held_ || crowded()) return;
  paused_ = false;
  receive();
}

void Stream::hold() {
  held_ = true;
  if (busy()) loop().cancel(receive_op_);
}

void Stream::release() {
  held_ = false;
  if (watching()) {
    loop().cancel(receive_op_);
  } else if (!busy()) {
    go_on();
  }
}

void Stream::hear_again() {
  ended_ = false;
  if (!busy()) go_on();
}

void Stream::watch(uint32_t events) {
  ZEST_ASSERT(held_);
  loop().poll(receive_op_, fd_.get(), events);
}

// What the events were its holder finds out by trying.
void Stream::watched(int32_t result) {
  broken_ = result > 0 && (result & POLLERR) != 0;
  if (result < 0 && result != -ECANCELED && result != -EINTR) set_error(-result);
  if (!held_) go_on();
  if (handler_) handler_(owner_);
}

void Stream::take_over(Stream& other) {
  ZEST_ASSERT(!busy() && !other.busy());
  fd_ = std::move(other.fd_);
  error_ = other.error_;
  ended_ = other.ended_;
  bulk_ = other.bulk_;
  data_came_ = other.data_came_;
  held_ = true;
  layer_ = std::move(other.layer_);
  input_.take_over(other.input_);
}

void Stream::cancel() {
  cancelled_ = true;
  if (busy() && !receive_op_.cancelling()) loop().cancel(receive_op_);
}

void Stream::close() {
  ZEST_ASSERT(!busy());
  input_.clear();
  if (fd_.valid()) loop().close(std::move(fd_));
}

}  // namespace zest::net
