// A connected socket, the receiving side: what arrives is queued in the loop's buffers until it is
// consumed, a bounded number of bytes; then receiving stops until there is room again.
#pragma once

#include <memory>

#include "base/fd.h"
#include "io/buffer_queue.h"
#include "io/loop.h"
#include "net/layer.h"

namespace zest::net {

class Stream {
 public:
  using Handler = void (*)(void* owner) noexcept;

  // The loop has a pool of buffers.
  Stream(io::Loop& loop, Fd fd) : fd_(std::move(fd)), input_(loop.buffers()) {}
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() { close(); }

  // Who is told when something has arrived, the peer has ended or the connection is broken. The
  // call is the last that the stream does, so it may close and free it (once it is not busy).
  void on_event(void* owner, Handler handler) {
    owner_ = owner;
    handler_ = handler;
  }

  // Before start(): what is received goes through it.
  void set_layer(std::unique_ptr<Layer> layer) { layer_ = std::move(layer); }
  Layer* layer() { return layer_.get(); }
  const Layer* layer() const { return layer_.get(); }
  // It has refused what came, which is taken as it is from now on. Nobody holds it any more.
  void drop_layer();
  bool ready() const { return !layer_ || layer_->ready(); }
  // What is received and sent on the fd is the bytes as they are: there is no layer, or the kernel
  // does its work. (A receive by others that then fails with EIO is not data: see Layer::hear.)
  bool plain() const { return !layer_ || layer_->transparent(); }
  // Tells the peer that we send no more, where the bytes alone would not. While nothing is sent.
  void say_end() {
    if (layer_ && !error_) layer_->say_end();
  }

  // Begin to receive.
  void start() { go_on(); }
  // The connection of another, whose it is no more, with all that has come; neither is busy. It is
  // held until release().
  void take_over(Stream& other);

  io::BufferQueue& input() { return input_; }
  const io::BufferQueue& input() const { return input_; }
  void consume(size_t bytes);
  // A long transfer is over: what comes now is small again.
  void end_bulk() { bulk_ = false; }

  bool ended() const { return ended_; }  // the peer sends no more; input may still hold bytes
  int error() const { return error_; }   // errno, when the connection is broken
  bool finished() const { return ended_ || error_ != 0; }
  // It has ended for us alone: the peer may send more, which cannot be read.
  bool deaf() const { return layer_ && layer_->deaf(); }

  // Others take what arrives: receiving stops (busy() until it has, and something may still come),
  // until it is given back.
  void hold();
  void release();
  bool held() const { return held_; }
  // Held and not busy: receive one time all the same.
  void take_once() { loop().recv_pooled_once(receive_op_, fd_.get()); }
  // The same: there is room for what the layer's handshake has to say.
  bool wants_room() const { return layer_ && layer_->wants_room(); }
  void send_rest() { set_error(layer_->send_rest()); }
  // What looked like the peer's end was not yet: receive on.
  void hear_again();
  // Held and not busy: tell when one of these events of poll is there, or the connection breaks.
  void watch(uint32_t events);
  // The last watch has found it broken, before what has arrived is all received.
  bool broken() const { return broken_; }
  bool watching() const { return busy() && receive_op_.request().kind == io::Kind::poll; }

  // Receiving ends soon, whatever arrives; busy() until then.
  void cancel();
  bool busy() const { return receive_op_.in_flight(); }
  // While not busy.
  void close();

  int fd() const { return fd_.get(); }
  io::Loop& loop() const { return input_.pool().loop(); }

 private:
  // Beyond this no more is received. Of a long transfer one buffer is sent while the next is
  // filled: more would only push each other out of the caches.
  static constexpr uint32_t buffers_max = 8;
  static constexpr uint32_t bulk_buffers_max = 2;

  void receive();
  void received(io::Completion completion) noexcept;
  void watched(int32_t result);
  void take(io::Buffer buffer);
  void end();
  void set_error(int os_errno) { error_ = static_cast<int16_t>(os_errno); }
  void fail(int os_errno);
  void go_on();
  bool one_by_one() const;
  bool crowded() const;

  Fd fd_;
  int16_t error_ = 0;
  bool ended_ : 1 = false;
  bool bulk_ : 1 = false;    // whole buffers arrive: one receive each, so that they can be counted
  bool paused_ : 1 = false;  // true while receiving is off, or about to be, for want of room
  bool cancelled_ : 1 = false;
  bool held_ : 1 = false;
  bool broken_ : 1 = false;
  bool data_came_ : 1 = false;  // since the last record that was none
  io::BufferQueue input_;
  std::unique_ptr<Layer> layer_;
  void* owner_ = nullptr;
  Handler handler_ = nullptr;
  io::Op receive_op_{this, io::Op::method<&Stream::received>};
};

}  // namespace zest::net
