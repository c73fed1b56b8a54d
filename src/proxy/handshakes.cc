#include "proxy/handshakes.h"

#include "proxy/listener.h"
#include "proxy/worker.h"

namespace zest::proxy {
namespace {

// A step ends with the receive that it is, which has something to take: what lasts longer was
// called for nothing, and holds up nobody.
constexpr int64_t step_ns = 10 * ns_per_ms;
// For so long a client keeps its place with nothing that we could answer, whoever waits for one.
constexpr int64_t silence_ns = ns_per_s;

}  // namespace

void Handshakes::line_up(Handshake& one) {
  one.unlink();
  (one.begun ? lined_ : fresh_).push_back(one);
  go_on();
}

// Bytes alone are no progress: who sends one at a time holds its place no longer than the silent.
void Handshakes::stepped(Handshake& one, uint32_t flights) {
  const bool answered = one.since_ns == 0 || one.flights != flights;
  one.flights = flights;
  if (answered) one.since_ns = worker_.loop().now_ns();
  if (!one.linked()) answered ? stalled_.push_back(one) : stalled_.push_front(one);
  if (stepping_ == &one) stepping_ = nullptr;
  go_on();
}

void Handshakes::end(Handshake& one) {
  one.unlink();
  if (one.begun) --begun_;
  if (stepping_ == &one) stepping_ = nullptr;
  go_on();
}

void Handshakes::go_on() {
  if (stepping_) return;
  stepping_ = next();
  if (!stepping_) return;
  stepping_->unlink();
  worker_.loop().start_timer(timer_, worker_.loop().now_ns() + step_ns);
  stepping_->connection.take_step();
}

// Those that have begun come first, since each of them may give a place back.
Handshake* Handshakes::next() {
  if (Handshake* one = lined_.front()) return one;
  Handshake* one = fresh_.front();
  if (!one || !room_for(*one)) return nullptr;
  one->begun = true;
  ++begun_;
  return one;
}

bool Handshakes::room_for(const Handshake& one) {
  if (begun_ < one.connection.listener().config().limits.handshakes) return true;
  const Handshake* oldest = stalled_.front();
  if (!oldest) return false;
  worker_.loop().start_timer(timer_, oldest->since_ns + silence_ns);
  return false;
}

void Handshakes::expired() noexcept {
  stepping_ = nullptr;
  Handshake* oldest = stalled_.front();
  const bool wanted = lined_.empty() && !fresh_.empty() && oldest && !room_for(*fresh_.front());
  if (!wanted || worker_.loop().now_ns() < oldest->since_ns + silence_ns) return go_on();
  worker_.count(Limit::handshakes);
  oldest->connection.make_room();
}

}  // namespace zest::proxy
