// Received into the loop's buffers, sent from them.
#include <algorithm>
#include <array>
#include <cerrno>

#include "tunnel/sender.h"

namespace zest::tunnel {

void Sender::begin(Tunnel& tunnel, size_t way, const net::Stream& from, net::Stream& to,
                   size_t most) {
  tunnel_ = &tunnel;
  way_ = way;
  sealed_ = !to.plain();
  output_.emplace(to.loop(), to.fd(), to.layer());
  output_->on_event(this, told);
  std::array<iovec, net::Output::pieces_max> pieces;
  const auto part =
      std::span(pieces).first(from.input().gather(pieces, std::min(most, from.input().size())));
  size_ = 0;
  for (const iovec& piece : part) size_ += piece.iov_len;
  room_ = Room::kept;
  began_ns_ = to.loop().now_ns();
  output_->send(part);
}

void Sender::told(void* sender) noexcept {
  auto* self = static_cast<Sender*>(sender);
  Tunnel& tunnel = *self->tunnel_;
  tunnel.sent(self->way_);
  tunnel.settle();
}

void Tunnel::send(size_t way) {
  const size_t most = has_flows() ? leave_out(way) : SIZE_MAX;
  if (sides_[way].input().empty()) return step(way);
  Sender* sender = ways_[way].sender = engines_.lend_sender();
  if (!sender) return finish(End::no_memory, ENOMEM);
  sender->begin(*this, way, sides_[way], sides_[1 - way], most);
  if (!sender->busy()) sent(way);  // its layer had no memory
}

void Tunnel::sent(size_t way) {
  Sender& sender = *ways_[way].sender;
  if (sender.stopped()) return set_aside(way);
  touch();
  if (sender.busy()) return;
  ways_[way].sender = nullptr;
  const int error = sender.error();
  const size_t passed = error ? sender.taken() : sender.size();
  if (!sender.is_aside()) sides_[way].consume(passed);
  const bool held = sender.room() != Sender::Room::kept;
  engines_.give_back(sender);
  count(way, passed);
  note_passed(way, passed);
  if (stage_ != Stage::open || ways_[way].error) return;
  if (error) return sending_failed(way, error);
  if (held) receive_again(way);
  steer();
  step(way);
}

}  // namespace zest::tunnel
