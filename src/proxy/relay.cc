#include "proxy/relay.h"

#include <algorithm>

namespace zest::proxy {
namespace {

using Pieces = std::array<iovec, net::Output::pieces_max>;

int64_t deadline_of(const Relay& relay, uint32_t timeout_ms) {
  return std::min(deadline_after_ms(relay.in.loop().now_ns(), timeout_ms), relay.deadline_ns);
}

// pieces[0] is for the prefix, [1] and the last two for the framing.
std::span<iovec> next_part(Relay& relay, Pieces& pieces, BodyReader::Step& step) {
  const auto body = std::span(pieces).subspan(2, pieces.size() - 4);
  step = relay.reader.read(relay.in.input(), body);
  if (relay.reader.refused()) return {};
  relay.bytes += step.bytes;
  const std::string_view end =
      relay.reader.done() ? relay.reader.end_of_chunks() : std::string_view();
  const std::span<iovec> part =
      relay.writer.frame(std::span(pieces).subspan(1), step.pieces, step.bytes, end);
  if (relay.prefix.empty()) return part;
  iovec* first = part.empty() ? pieces.data() : part.data() - 1;
  *first = {.iov_base = const_cast<char*>(relay.prefix.data()), .iov_len = relay.prefix.size()};
  relay.prefix = {};
  return {first, part.size() + 1};
}

// What it means that the sender has nothing more.
RelayEnd end_of(const Relay& relay) {
  return relay.in.error() ? RelayEnd::in_broken : RelayEnd::cut;
}

bool late(const Relay& relay) { return relay.in.loop().now_ns() >= relay.deadline_ns; }

bool arrived(const Relay& relay) { return !relay.in.input().empty() || relay.in.finished(); }

struct EndsBulk {
  ~EndsBulk() { in.end_bulk(); }
  net::Stream& in;
};

// Nothing is received from a sender whose bytes fill all room. That it has broken off meanwhile
// shows by asking only, which a receiver who has stood still for a while is worth.
class SenderWatch {
 public:
  static constexpr uint32_t after_ms = 1000;

  explicit SenderWatch(Relay& relay) : in_(relay.in), wanted_(relay.needs_sender) {}
  SenderWatch(const SenderWatch&) = delete;
  SenderWatch& operator=(const SenderWatch&) = delete;
  ~SenderWatch() {
    if (begun_) in_.release();
  }

  bool due() const { return wanted_ && !begun_; }
  void begin() {
    if (!due() || in_.busy() || in_.finished() || in_.held()) return;
    begun_ = true;
    in_.hold();
    in_.watch(0);
  }
  // A ring tells of the peer's end as well, asked or not.
  bool broken() const { return begun_ && in_.broken(); }

 private:
  net::Stream& in_;
  bool wanted_;
  bool begun_ = false;
};

}  // namespace

io::Task<bool> sent(Relay& relay, RelayEnd& end) {
  net::Output& out = relay.out;
  SenderWatch sender(relay);
  uint64_t before = out.sent();
  int64_t deadline_ns = deadline_of(relay, relay.out_timeout_ms);
  while (out.busy() && end == RelayEnd::done) {
    const int64_t watch_ns = sender.due() ? deadline_of(relay, SenderWatch::after_ms) : deadline_ns;
    const int32_t woken = co_await relay.waker.wait(std::min(deadline_ns, watch_ns));
    if (out.sent() != before) {
      before = out.sent();
      deadline_ns = deadline_of(relay, relay.out_timeout_ms);
    } else if (woken == -ETIMEDOUT && relay.in.loop().now_ns() >= deadline_ns) {
      end = late(relay) ? RelayEnd::exchange_timeout : RelayEnd::out_timeout;
    } else if (woken == -ETIMEDOUT) {
      sender.begin();
    }
    if (woken == -ECANCELED) end = RelayEnd::cancelled;
    if (relay.stop) end = RelayEnd::stopped;
    const bool broken = relay.in.error() || sender.broken();
    if (relay.needs_sender && broken && !relay.reader.done()) end = RelayEnd::in_broken;
    if (relay.other.error()) end = RelayEnd::out_broken;
  }
  if (end == RelayEnd::done && out.error()) end = RelayEnd::out_broken;
  out.cancel();
  while (out.busy()) co_await relay.waker.settle();
  co_return end == RelayEnd::done;
}

io::Task<RelayEnd> relay(Relay& relay) {
  const EndsBulk ends_bulk{relay.in};
  RelayEnd end = RelayEnd::done;
  for (;;) {
    Pieces pieces;
    BodyReader::Step step;
    const std::span<iovec> part = next_part(relay, pieces, step);
    if (relay.reader.refused()) co_return RelayEnd::in_refused;
    if (relay.bytes > relay.bytes_max) co_return RelayEnd::too_large;
    if (!part.empty()) {
      relay.out.send(part);
      if (!co_await sent(relay, end)) co_return end;
    }
    relay.in.consume(step.consumed);
    if (relay.reader.done()) co_return RelayEnd::done;
    if (late(relay)) co_return RelayEnd::exchange_timeout;
    if (step.consumed > 0) continue;
    while (!arrived(relay)) {
      const int32_t woken = co_await relay.waker.wait(deadline_of(relay, relay.in_timeout_ms));
      if (woken == -ECANCELED) co_return RelayEnd::cancelled;
      if (relay.stop) co_return RelayEnd::stopped;
      if (relay.other.error()) co_return RelayEnd::out_broken;
      if (woken == -ETIMEDOUT)
        co_return late(relay) ? RelayEnd::exchange_timeout : RelayEnd::in_timeout;
    }
    if (!relay.in.input().empty()) continue;
    if (relay.in.error() || !relay.reader.ends_with_connection()) co_return end_of(relay);
    relay.reader.end();
  }
}

}  // namespace zest::proxy
