// Through a pipe, without a look at the bytes: for long transfers.
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "tunnel/splicer.h"
#include "tunnel/thresholds.h"

namespace zest::tunnel {
namespace {

// A fast sender and a fast reader could keep the loop to themselves.
constexpr int rounds_max = 4;

}  // namespace

ssize_t Splicer::fill(int from) {
  const ssize_t moved = sys::splice_in(from, pipe_, pipe_.size);
  if (moved > 0) filled_ = static_cast<size_t>(moved);
  return moved;
}

ssize_t Splicer::drain(int to) {
  const ssize_t moved = sys::splice_out(pipe_, to, filled_);
  if (moved > 0) filled_ -= static_cast<size_t>(moved);
  return moved;
}

void Splicer::room(io::Completion completion) noexcept {
  Tunnel& tunnel = *tunnel_;
  tunnel.room_came(way_, completion.result);
  tunnel.settle();
}

// What of the bytes is already on its way is copied first.
void Tunnel::turn_to_splice(size_t way) {
  Way& of = ways_[way];
  if (of.passing != Passing::copied || of.ended || of.error) return;
  if (sides_[way].layer() || !sides_[1 - way].plain()) return;
  of.passing = Passing::turning;
  sides_[way].hold();
  step(way);
}

// It waits for bytes with nothing in the pipe.
bool Tunnel::idle_splice(size_t way) const {
  return ways_[way].passing == Passing::spliced && !ways_[way].splicer;
}

void Tunnel::begin_splice(size_t way) {
  ways_[way].passing = Passing::spliced;
  ways_[way].bulk = 0;
  fix_received(way);
  ++engines_.counters_.spliced;
  splice(way);
}

void Tunnel::splice(size_t way) {
  net::Stream& from = sides_[way];
  Way& of = ways_[way];
  if (from.busy() || (of.splicer && of.splicer->waiting())) return;
  if (from.error()) return source_over(way, from.error());
  for (int round = 0; round < rounds_max; ++round)
    if (!splice_round(way)) return;
  of.splicer->wait_for_room(engines_.loop(), sides_[1 - way].fd());
}

// True if it can go on at once.
bool Tunnel::splice_round(size_t way) {
  Way& of = ways_[way];
  if (!of.splicer) of.splicer = engines_.lend_splicer();
  if (!of.splicer) {
    back_to_copy(way);
    return false;
  }
  of.splicer->lend(*this, way);
  return (of.splicer->filled() > 0 || fill(way)) && drain(way);
}

// In front of urgent data the kernel's splice tells of an end, or of nothing there, whatever waits
// behind; only a receive gets over it, and knows an end.
bool Tunnel::fill(size_t way) {
  net::Stream& from = sides_[way];
  const ssize_t moved = ways_[way].splicer->fill(from.fd());
  Way& of = ways_[way];
  const bool called = of.called;
  of.called = false;
  if (moved > 0) {
    touch();
    of.bulk = static_cast<size_t>(moved) >= small_fill ? 0 : of.bulk + 1;
    return true;
  }
  if (moved == 0 || (moved == -EAGAIN && called)) {
    back_to_copy(way);
  } else if (moved == -EAGAIN) {
    give_back_splicer(way);
    of.called = true;
    from.watch(POLLIN | POLLRDHUP);
  } else {
    give_back_splicer(way);
    source_over(way, static_cast<int>(-moved));
  }
  return false;
}

bool Tunnel::drain(size_t way) {
  Way& of = ways_[way];
  const int to = sides_[1 - way].fd();
  const ssize_t moved = of.splicer->drain(to);
  if (moved == -EAGAIN) {
    of.splicer->wait_for_room(engines_.loop(), to);
    return false;
  }
  if (moved <= 0) {
    sending_failed(way, moved == 0 ? EPIPE : static_cast<int>(-moved));
    return false;
  }
  touch();
  count(way, static_cast<size_t>(moved));
  if (of.splicer->filled() > 0 || !leaves_splice(way)) return true;
  back_to_copy(way);
  steer();
  return false;
}

// Little at a time is cheaper copied.
bool Tunnel::leaves_splice(size_t way) const {
  if (wanted() == EngineChoice::automatic) return ways_[way].bulk >= small_fills;
  return wanted() != EngineChoice::splice;
}

void Tunnel::room_came(size_t way, int32_t result) {
  const bool failed = result < 0 && result != -ECANCELED && result != -EINTR;
  if (stage_ == Stage::open && failed) return finish(broken(1 - way), -result);
  if (stage_ != Stage::open || ways_[way].error) return give_back_splicer(way);
  splice(way);
}

void Tunnel::back_to_copy(size_t way) {
  if (ways_[way].splicer) give_back_splicer(way);
  ways_[way].passing = Passing::copied;
  ways_[way].bulk = 0;
  ways_[way].called = false;
  sides_[way].release();
}

void Tunnel::give_back_splicer(size_t way) {
  engines_.give_back(*std::exchange(ways_[way].splicer, nullptr));
}

}  // namespace zest::tunnel
