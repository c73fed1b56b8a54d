// What stands between a socket and its user, where that is not the bytes as they are: it opens what
// was received, and seals what is sent. tls/ has one; here is only what Stream and Output ask of
// it, so that who accepts and nothing else needs no TLS.
//
// A layer may leave its work to the kernel. From then on it is transparent(), and its socket is
// like any other: Stream::plain() says so of both.
#pragma once

#include <sys/uio.h>

#include <cerrno>
#include <span>

#include "io/buffer_queue.h"

namespace zest::net {

class Layer {
 public:
  virtual ~Layer() = default;

  // What was received; opened, it goes to the queue. An errno when nothing more can come of it.
  virtual int open(io::Buffer received, io::BufferQueue& into) = 0;
  virtual bool ready() const = 0;  // the handshake is over: something can be sent
  virtual bool ended() const = 0;  // the peer has said that it sends no more
  // The first bytes were none of this protocol; what they are may be answered as it is.
  virtual bool refused_plain() const = 0;

  // The handshake has more to say than the socket had room for. Nothing is received until it is
  // out; once there is room: an errno if the connection is lost.
  virtual bool wants_room() const { return false; }
  virtual int send_rest() { return 0; }

  // Takes what it can from the front of `plain`, which loses that; returns the bytes written.
  virtual size_t seal(std::span<iovec>& plain, std::span<std::byte> into) = 0;
  // Tells the peer that we send no more, unless a send has ended in the middle.
  virtual void say_end() = 0;

  // The kernel does it all: neither open() nor seal() is called any more.
  virtual bool transparent() const { return false; }
  // It waits for a chance to become so. Until then there is one receive at a time, since what the
  // kernel is to open must not have been taken from the socket before.
  virtual bool wants_kernel() const { return false; }
  // While nothing is being received. An errno if the connection is lost by it.
  virtual int give_to_kernel() { return 0; }
  // A receive failed with EIO: what came is no data. `data_before`: some came since the last time.
  virtual int hear(bool /*data_before*/) { return EIO; }
  // It has ended, since the kernel cannot read on; the peer may well send more.
  virtual bool deaf() const { return false; }

  // Output: what was sealed is being sent. Until all of it is out nothing else may be written.
  void begin_send() { sending_ = true; }
  void end_send() {
    sending_ = false;
    sent();
  }

 protected:
  virtual void sent() {}
  bool sending() const { return sending_; }

 private:
  bool sending_ = false;
};

}  // namespace zest::net
