// What one direction of a tunnel sends with; lent by the Engines while it does.
#pragma once

#include <optional>

#include "net/output.h"
#include "tunnel/tunnel.h"

namespace zest::tunnel {

class Sender : public ListNode {
 public:
  // Sends what stands first in a stream, `most` bytes of it, whose memory it borrows until the
  // tunnel has been told.
  void begin(Tunnel& tunnel, size_t way, const net::Stream& from, net::Stream& to, size_t most);

  bool busy() const { return output_->busy(); }
  int error() const { return output_->error(); }
  size_t size() const { return size_; }
  // Of these, what the socket has taken; unknown behind a layer unless all of it.
  size_t taken() const { return sealed_ ? 0 : output_->sent(); }
  void cancel() { output_->cancel(); }

  // Others wait for the buffers that it sends from. Once it has stopped, what has come is set
  // aside, and sent from there.
  enum class Room : uint8_t { kept, asked, made };
  Room room() const { return room_; }
  void ask_for_room() { room_ = Room::asked; }
  void stop() { output_->stop(); }
  bool stopped() const { return output_->stopped(); }
  void set_aside(net::Stream& from);
  bool is_aside() const { return aside_ != nullptr; }

 private:
  friend class Engines;

  static void told(void* sender) noexcept;

  Tunnel* tunnel_ = nullptr;
  size_t way_ = 0;
  size_t size_ = 0;
  bool sealed_ = false;
  Room room_ = Room::kept;
  int64_t began_ns_ = 0;
  std::unique_ptr<std::byte[]> aside_;
  size_t aside_size_ = 0;
  std::optional<net::Output> output_;
  Sender* next_ = nullptr;  // spare
};

}  // namespace zest::tunnel
