// One end of a connection in the race.
#pragma once

#include <array>

#include "base/fd.h"
#include "io/loop.h"
#include "io/race/stream.h"

namespace zest::race {

class Race;

class Peer {
 public:
  explicit Peer(Race& race) : race_(race) { memory_.fill(untouched); }

  bool free() const { return !fd_.valid(); }
  void connect();     // as a client, by a new socket
  void serve(Fd fd);  // as a server
  void close();       // as soon as nothing is in flight; a client then connects again
  void cancel_some();

 private:
  static constexpr std::byte untouched{0x5a};

  void connected(io::Completion completion) noexcept;
  void received(io::Completion completion) noexcept;
  void sent(io::Completion completion) noexcept;
  void after(const io::Op& op, const io::Completion& completion);
  void go_on();
  void start_receiving();
  void start_sending();
  void look_at(std::span<const std::byte> bytes);
  std::span<const std::byte> learn_id(std::span<const std::byte> bytes);
  void finish();

  Race& race_;
  Fd fd_;
  bool client_ = false;
  bool open_ = false;  // connected
  bool closing_ = false;
  uint64_t id_ = 0;      // a server learns it from the first eight bytes
  size_t id_bytes_ = 0;  // of these, how many were sent or read
  Stream in_;
  Stream out_;
  size_t receive_size_ = 0;  // 0: pooled
  std::array<std::byte, 2048> memory_;
  std::array<std::byte, 2048> outgoing_;
  io::Op connect_op_{this, io::Op::method<&Peer::connected>};
  io::Op receive_op_{this, io::Op::method<&Peer::received>};
  io::Op send_op_{this, io::Op::method<&Peer::sent>};
};

}  // namespace zest::race
