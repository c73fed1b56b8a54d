// How a tunnel joins the kernel's socket map: with both directions held, from what each has read
// and written so far.
#include "bpf/handover.h"
#include "sys/tcp.h"
#include "tunnel/sender.h"
#include "tunnel/sockmap.h"
#include "tunnel/thresholds.h"
#include "tunnel/tunnel.h"

namespace zest::tunnel {

bool Tunnel::joinable() {
  if (unjoinable_ || !engines_.may_join() || ways_[0].ended || ways_[1].ended) return false;
  if (ways_[0].error || ways_[1].error) return false;
  if (ways_[0].passing != Passing::copied || ways_[1].passing != Passing::copied) return false;
  for (net::Stream& side : sides_)
    if (side.layer() || side.finished() || !sys::is_plain_tcp(side.fd())) unjoinable_ = true;
  return !unjoinable_;
}

void Tunnel::begin_joining() {
  if (engines_.joins_crowded()) return;
  small_ = 0;
  if (!empty_handed() || !joinable()) return;
  joint_ = Joint::joining;
  engines_.begin_join();
  for (net::Stream& side : sides_) side.hold();
  go_on_joining();
  if (joint_ == Joint::joining) wait_for_joining();
}

// While both directions are held, a reader that stalls must not stop the other: joining waits for
// the end of a receive, and for a message to be sent that came meanwhile; and not for long.
bool Tunnel::may_pass_joining(size_t way) const {
  const net::Stream& from = sides_[way];
  return joint_ == Joint::joining && !from.finished() && from.input().size() <= small_message;
}

bool Tunnel::empty_handed() const {
  for (size_t way = 0; way < ways_.size(); ++way)
    if (ways_[way].lent() || !sides_[way].input().empty() || sides_[way].finished()) return false;
  return true;
}

// Nothing of this direction is in our hands, and nothing is being received.
bool Tunnel::quiet(size_t way) const {
  const Way& of = ways_[way];
  const net::Stream& from = sides_[way];
  return of.passing == Passing::copied && !of.sender && !from.busy() && from.input().empty() &&
         !from.finished();
}

void Tunnel::go_on_joining() {
  if (stage_ == Stage::open && joint_ == Joint::joining && quiet(0) && quiet(1)) join();
}

void Tunnel::join() {
  end_joining();
  const std::optional<uint32_t> pair = engines_.take_pair(*this);
  if (!pair) return release_both();
  pair_ = *pair;
  if (!prepare_flow(0) || !prepare_flow(1) || !add_targets()) {
    engines_.give_back_pair(pair_);
    small_ = small_run - small_again;
    return release_both();
  }
  joint_ = Joint::joined;
  ++engines_.counters_.joined;
  bpf::HandOver& hand_over = engines_.sockmap_->hand_over();
  for (uint32_t way = 0; way < ways_.size(); ++way) {
    ways_[way].judged = hand_over.judge(2 * pair_ + way, sides_[way].fd()).has_value();
    if (ways_[way].judged) offer(way);
  }
  release_both();
  watch_time();
}

// What has been read of a direction, when nothing of it is in our hands; what waits is judged.
std::optional<uint64_t> Tunnel::read_so_far(size_t way) const {
  const int from = sides_[way].fd();
  for (int look = 0; look < looks_max; ++look) {
    const auto received = sys::tcp_received(from);
    const auto unread = sys::tcp_unread(from);
    const auto received_again = sys::tcp_received(from);
    if (!received || !unread || !received_again || sys::peer_has_ended(from)) return {};
    if (*received == *received_again) return *received - *unread;
  }
  return {};
}

// False: it has ended, or we are not told.
bool Tunnel::prepare_flow(size_t way) {
  const auto read = read_so_far(way);
  const auto written = sys::tcp_written(sides_[1 - way].fd());
  if (!read || !written) return false;
  const bool told_of_bulk = choice_ == EngineChoice::automatic;
  flow(way) = {.base = *written,
               .burst_max = packets_on_the_way_max,
               .bulk_max = told_of_bulk ? bulk_run : UINT32_MAX,
               .doorbell = engines_.bell_index(),
               .received = *read};
  return true;
}

bool Tunnel::add_targets() {
  bpf::HandOver& hand_over = engines_.sockmap_->hand_over();
  for (uint32_t way = 0; way < ways_.size(); ++way) {
    fix_received(way);
    if (hand_over.add_target(2 * pair_ + way, sides_[way].fd())) continue;
    if (way == 1) hand_over.remove_target(2 * pair_);
    unjoinable_ = true;
    return false;
  }
  return true;
}

// But who makes room is released when that is done: see receive_again().
void Tunnel::release_both() {
  for (size_t way = 0; way < ways_.size(); ++way)
    if (!ways_[way].sender || ways_[way].sender->room() == Sender::Room::kept)
      sides_[way].release();
}

// Not now: something has come just then.
void Tunnel::stop_joining() {
  if (joint_ != Joint::joining) return;
  end_joining();
  release_both();
}

void Tunnel::end_joining() {
  joint_ = Joint::apart;
  engines_.end_join();
}

}  // namespace zest::tunnel
