// Through the kernel's socket map: a tunnel joins it whole, and each direction goes to and fro
// between kernel and user space by itself (see bpf/handover.h). It stays in the map until it is
// over: a packet that arrives just while the kernel takes a socket out of it may be dropped.
#include <poll.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <utility>

#include "bpf/handover.h"
#include "sys/tcp.h"
#include "tunnel/sockmap.h"
#include "tunnel/thresholds.h"
#include "tunnel/tunnel.h"

namespace zest::tunnel {
namespace {

template <typename T>
T now(T& of_flow) {
  return std::atomic_ref(of_flow).load();
}

}  // namespace

zest_flow& Tunnel::flow(size_t way) const {
  return engines_.sockmap_->hand_over().flow(2 * pair_ + static_cast<uint32_t>(way));
}

// What was sent from our memory had been passed to us.
void Tunnel::note_consumed(size_t way, size_t passed) {
  std::atomic_ref(flow(way).consumed).fetch_add(passed);
  const bool talk = choice_ == EngineChoice::automatic && small_ >= small_again;
  if (talk || choice_ == EngineChoice::sockmap) offer(way);
}

// Bytes that came again go no further. How many may be sent before the next that did.
size_t Tunnel::leave_out(size_t way) {
  zest_flow& of_flow = flow(way);
  net::Stream& from = sides_[way];
  const uint32_t again = now(of_flow.again_size);
  if (again == 0) return SIZE_MAX;
  if (of_flow.again_at > of_flow.consumed) return of_flow.again_at - of_flow.consumed;
  const auto here = static_cast<uint32_t>(std::min<size_t>(again, from.input().size()));
  from.consume(here);
  std::atomic_ref(of_flow.again_size).store(again - here);
  engines_.counters_.bytes_again += here;
  return SIZE_MAX;
}

// To the kernel, which takes it when nothing of it is in our hands.
void Tunnel::offer(size_t way) {
  std::atomic_ref(flow(way).cap).store(on_the_way_max);
  std::atomic_ref(flow(way).want).store(1);
}

// With the next packet, since nothing more may be on its way.
void Tunnel::recall(size_t way) {
  std::atomic_ref(flow(way).want).store(0);
  std::atomic_ref(flow(way).cap).store(0);
}

// The program rang: it has switched, or sees a long transfer.
void Tunnel::rang(size_t way) {
  if (stage_ != Stage::open || joint_ != Joint::joined) return;
  Way& of = ways_[way];
  zest_flow& of_flow = flow(way);
  const bool in_kernel = now(of_flow.mode) == ZEST_FLOW_KERNEL;
  if (std::atomic_ref(of_flow.long_run).exchange(0) && choice_ == EngineChoice::automatic)
    recall(way);
  if (in_kernel && of.passing == Passing::copied && !of.ended && !of.error) {
    of.passing = Passing::dozing;
    sides_[way].hold();
    step(way);
  } else if (!in_kernel && of.passing == Passing::asleep) {
    wake(way);
  }
}

void Tunnel::fall_asleep(size_t way) {
  zest_flow& of_flow = flow(way);
  ways_[way].passing = Passing::asleep;
  std::atomic_ref(of_flow.asleep).store(1);
  if (now(of_flow.mode) == ZEST_FLOW_USER) return wake(way);
  sides_[way].watch(POLLRDHUP);
}

void Tunnel::wake(size_t way) {
  std::atomic_ref(flow(way).asleep).store(0);
  ways_[way].passing = Passing::copied;
  sides_[way].release();
}

// A close resets what has said more than was read; the kernel does not count what the map holds.
bool Tunnel::unread(size_t way) const {
  return has_flows() && now(flow(way).passed) != flow(way).consumed;
}

bool Tunnel::unwritten(size_t way) const { return unread(way) || (has_flows() && !balanced(way)); }

// While the socket's queue is full the kernel keeps what it passes aside, and tells of an end
// first.
bool Tunnel::ended_early(size_t way) const {
  return sides_[way].ended() && !sides_[way].error() && ways_[way].judged && unread(way);
}

void Tunnel::part() {
  bpf::HandOver& hand_over = engines_.sockmap_->hand_over();
  for (uint32_t way = 0; way < ways_.size(); ++way) {
    const uint64_t redirected = now(flow(way).redirected);
    bytes_[way] += redirected;
    engines_.counters_.kernel_bytes += redirected;
    engines_.counters_.kernel_switches += now(flow(way).switches);
    const uint32_t index = 2 * pair_ + way;
    if (ways_[way].judged) {
      ways_[way].judged = false;
      hand_over.forget(index, sides_[way].fd());
    } else {
      hand_over.remove_target(index);
    }
  }
  engines_.give_back_pair(pair_);
  joint_ = Joint::apart;
}

// Whether all that the kernel has redirected is written, so that ours goes behind it.
bool Tunnel::ordered(size_t way) {
  if (!has_flows()) return true;
  zest_flow& of_flow = flow(way);
  const uint64_t redirected = now(of_flow.redirected);
  if (of_flow.ordered == redirected) return true;
  const auto written = sys::tcp_written(sides_[1 - way].fd());
  if (!written || *written - of_flow.base < redirected + of_flow.consumed) return false;
  of_flow.ordered = redirected;
  return true;
}

// Whom it is for has broken after its own end, which nobody tells; what the kernel passes is lost.
bool Tunnel::gone(size_t way) const {
  const Way& of = ways_[way];
  return has_flows() && ways_[1 - way].ended && !of.ended && !of.error &&
         sys::tcp_closed(sides_[1 - way].fd());
}

void Tunnel::look_for_gone() {
  for (size_t way = 0; way < ways_.size(); ++way)
    if (stage_ == Stage::open && gone(way)) break_off(way, ECONNRESET);
}

// The kernel's counts are ours: what was written there came from here.
bool Tunnel::balanced(size_t way) const {
  zest_flow& of_flow = flow(way);
  const uint64_t ours = now(of_flow.redirected) + of_flow.consumed;
  for (int look = 0; look < looks_max; ++look) {
    const auto written = sys::tcp_written(sides_[1 - way].fd());
    if (!written || *written - of_flow.base == ours) return true;
  }
  return false;
}

// At a direction's end: and all that came was judged. The end itself counts as a byte.
bool Tunnel::accounted(size_t way) const {
  if (!has_flows() || !ways_[way].judged) return true;
  zest_flow& of_flow = flow(way);
  const uint64_t judged = now(of_flow.passed) + now(of_flow.redirected);
  const auto received = sys::tcp_received(sides_[way].fd());
  return balanced(way) && now(of_flow.passed) == of_flow.consumed &&
         (!received || *received - of_flow.received - judged <= 1);
}

// Bytes that the kernel has moved are none that we have seen.
void Tunnel::note_kernel_activity() {
  if (!has_flows()) return;
  const auto bytes = static_cast<uint32_t>(now(flow(0).redirected) + now(flow(1).redirected));
  if (bytes == kernel_bytes_) return;
  kernel_bytes_ = bytes;
  touch();
}

void Tunnel::mismatch(const char* what) {
  ++engines_.counters_.mismatches;
  Text<128> why;
  why.append("sockmap is not used any more: %s and what was passed differ", what);
  engines_.sockmap_->disable(why.c_str());
  finish(End::mismatch, EIO);
}

}  // namespace zest::tunnel
