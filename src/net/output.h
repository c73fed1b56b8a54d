// The sending side of a connected socket: one send at a time, of several pieces, and whole. Apart
// from Stream, since an idle connection has no need of it.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <memory>
#include <span>

#include "io/loop.h"
#include "net/layer.h"

namespace zest::net {

class Output {
 public:
  using Handler = void (*)(void* owner) noexcept;
  static constexpr size_t pieces_max = 16;

  // `layer`: what stands before the socket, or nullptr; it outlives this.
  Output(io::Loop& loop, int fd, Layer* layer = nullptr) : loop_(loop), fd_(fd), layer_(layer) {}
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  // Who is told when a send has ended; as in Stream, the call is the last thing done.
  void on_event(void* owner, Handler handler) {
    owner_ = owner;
    handler_ = handler;
  }

  // Send all of these (pieces_max at most), whose memory is borrowed until it has ended.
  void send(std::span<const iovec> pieces);
  // The sender's side ends as soon as what is sent next has been: both in one segment.
  void end_follows() { more_ = layer_ ? 0 : MSG_MORE; }

  bool busy() const { return op_.in_flight(); }
  int error() const { return error_; }  // errno, when it is broken
  // Grows with every byte that the kernel has taken: a slow receiver is not a dead one.
  uint64_t sent() const { return sent_; }

  // The send stops soon, if it is not through by then: the owner is told, and it is stopped() until
  // go_on(), which must follow at once. In between what is left of it can be moved to the front of
  // memory of the owner's, with more behind it: then nothing else is borrowed.
  void stop();
  bool stopped() const { return stopped_; }
  size_t left() const;
  void move_to(std::span<std::byte> memory);
  void go_on();

  // The send ends soon, with an error if it was not through.
  void cancel() {
    if (!busy()) return;
    cancelled_ = true;
    if (!op_.cancelling()) loop_.cancel(op_);
  }

 private:
  void begin();
  void begin_sealed();
  bool seal();
  void take_buffer();
  std::span<std::byte> room();
  void done(io::Completion completion) noexcept;
  void end();
  void advance(size_t bytes);

  // The message is there for several pieces only, and pieces are filled from the back: usually one
  // is touched, and stands beside all else that is.
  msghdr message_;
  std::array<iovec, pieces_max> pieces_;
  std::span<iovec> left_;  // with a layer: not sealed yet
  io::Loop& loop_;
  const int fd_;
  int error_ = 0;
  int more_ = 0;  // MSG_MORE, or not
  bool cancelled_ = false;
  bool stopping_ = false;
  bool stopped_ = false;
  bool moved_ = false;
  bool sealing_ = false;  // this send goes through the layer
  uint64_t sent_ = 0;
  Layer* const layer_;
  io::Buffer sealed_buffer_;
  std::unique_ptr<std::byte[]> spare_;  // where the pool has no buffer
  std::span<const std::byte> sealed_;   // not sent yet
  void* owner_ = nullptr;
  Handler handler_ = nullptr;
  io::Op op_{this, io::Op::method<&Output::done>};
};

}  // namespace zest::net
