// When receive buffers have run out: a tunnel whose reader has stalled does not keep those that it
// sends from, and takes no more until its reader has gone on.
#include <cstring>
#include <new>

#include "tunnel/sender.h"
#include "tunnel/thresholds.h"

namespace zest::tunnel {

// Those that began to send a moment ago may be through by themselves.
int64_t Engines::relieve() {
  if (!loop_.starved()) return never_ns;
  while (Sender* sender = sending_.front()) {
    const int64_t due_ns = sender->began_ns_ + stall_ns;
    if (due_ns > loop_.now_ns()) return due_ns;
    sender->unlink();
    sender->tunnel_->make_room(sender->way_);
  }
  return never_ns;
}

bool Engines::may_set_aside(size_t bytes) {
  const bool may = bytes <= limits_.aside_bytes - aside_bytes_;
  ++(may ? counters_.set_aside : counters_.aside_refused);
  return may;
}

// What is sent of a joined one has to be told apart by the kernel's counts.
void Tunnel::make_room(size_t way) {
  if (stage_ != Stage::open || has_flows()) return;
  ways_[way].sender->ask_for_room();
  sides_[way].hold();
  stop_for_room(way);
}

// When nothing more comes: what has come is then all.
void Tunnel::stop_for_room(size_t way) {
  Sender& sender = *ways_[way].sender;
  if (sender.room() == Sender::Room::asked && !sides_[way].busy()) sender.stop();
}

void Tunnel::set_aside(size_t way) {
  Sender& sender = *ways_[way].sender;
  sender.set_aside(sides_[way]);
  if (!sender.busy()) sent(way);  // its layer had no memory
}

// If that can't be, it goes on from the buffers.
void Sender::set_aside(net::Stream& from) {
  room_ = Room::made;
  io::BufferQueue& input = from.input();
  const size_t left = output_->left();
  const size_t size = left + input.size() - size_;
  if (tunnel_->engines_.may_set_aside(size)) aside_.reset(new (std::nothrow) std::byte[size]);
  if (!aside_) return output_->go_on();
  aside_size_ = size;
  tunnel_->engines_.aside_bytes_ += size;
  output_->move_to({aside_.get(), size});
  from.consume(size_);
  for (std::byte* to = aside_.get() + left; !input.empty();) {
    const std::span<std::byte> piece = input.front();
    memcpy(to, piece.data(), piece.size());
    to += piece.size();
    size_ += piece.size();
    from.consume(piece.size());
  }
  output_->go_on();
}

// What is held for other reasons stays so.
void Tunnel::receive_again(size_t way) {
  if (ways_[way].passing == Passing::copied && joint_ != Joint::joining) sides_[way].release();
}

}  // namespace zest::tunnel
