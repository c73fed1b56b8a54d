#include "tunnel/carried.h"

#include <sys/socket.h>

#include <cstring>

#include "tunnel/carrier.h"

namespace zest::tunnel {
namespace {

// So long one waits for buffers for what was read before.
constexpr int64_t patience_ns = 2 * ns_per_s;

void reset_on_close(int fd) {
  const ::linger hard{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
}

template <auto member>
void call(void* carried) noexcept {
  (static_cast<Carried*>(carried)->*member)();
}

}  // namespace

Carried::Carried(Carrier& carrier, Request request, uint64_t id, std::unique_ptr<EndingNode> node)
    : carrier_(carrier),
      id_(id),
      context_(request.context),
      limits_(request.limits),
      node_(std::move(node)),
      preread_(std::move(request.preread)),
      tunnel_(carrier.engines(), std::move(request.sides[0]), std::move(request.sides[1]),
              request.choice) {}

bool Carried::begin() {
  note_begin();
  if (!fill(0) || !fill(1)) return false;
  start();
  return true;
}

bool Carried::fill(size_t side) {
  Preread& preread = preread_[side];
  io::BufferQueue& input = tunnel_.side(side).input();
  while (preread.given < preread.size) {
    io::Buffer buffer = carrier_.loop().buffers()->take();
    if (!buffer.holds_memory()) return false;
    const size_t size = std::min(buffer.bytes().size(), preread.size - preread.given);
    memcpy(buffer.bytes().data(), preread.bytes.get() + preread.given, size);
    buffer.trim(0, static_cast<uint32_t>(size));
    input.push(std::move(buffer));
    preread.given += size;
  }
  preread.bytes.reset();
  return true;
}

void Carried::note_begin() {
  if (began_ns_ > 0) return;
  began_ns_ = carrier_.loop().now_ns();
  give_up_ns_ = began_ns_ + patience_ns;
}

void Carried::start() {
  note_begin();
  started_ = true;
  tunnel_.start(limits_, this, call<&Carried::over>);
  if (draining_) tunnel_.drain();
}

void Carried::drain() {
  draining_ = true;
  tunnel_.drain();
}

void Carried::cancel() {
  if (!started_) {
    // What was to go first does not: whom it was for must not take that for an end.
    if (preread_[0].size > 0) reset_on_close(tunnel_.side(1).fd());
    if (preread_[1].size > 0) reset_on_close(tunnel_.side(0).fd());
    start();
  }
  tunnel_.cancel();
}

void Carried::shed() {
  shed_ = true;
  reset_on_close(tunnel_.side(0).fd());
  reset_on_close(tunnel_.side(1).fd());
  cancel();
}

bool Carried::holds_buffers() const { return started_ && !shed_ && tunnel_.holds_buffers(); }

void Carried::over() noexcept { carrier_.ended(*this); }

Ending Carried::ending(int64_t now_ns) const {
  Ending ending{.id = id_,
                .context = context_,
                .ended = tunnel_.ended(),
                .began_ns = began_ns_,
                .duration_ns = now_ns - began_ns_};
  if (shed_ && ending.ended.end == End::cancelled) ending.ended.end = End::no_memory;
  return ending;
}

}  // namespace zest::tunnel
