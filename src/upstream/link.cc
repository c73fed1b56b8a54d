#include "upstream/link.h"

#include "tls/layer.h"
#include "upstream/pool.h"

namespace zest::upstream {

Link::Link(Pool& pool, Peer& peer, io::Loop& loop, Fd fd)
    : pool_(pool),
      peer_(peer),
      in_(loop, std::move(fd)),
      idle_timer_(this, call<&Link::idle_too_long>) {}

const char* Link::why() const {
  const auto* layer = static_cast<const tls::EngineLayer*>(in_.layer());
  return layer ? layer->why() : "";
}

// Whatever an idle connection has to tell makes it useless: its end, an error, or bytes that nobody
// asked for (an answer to no request must never meet one). Only a receive that was stopped for want
// of room, and goes on, tells nothing.
void Link::idle_event() noexcept {
  if (in_.finished() || !in_.input().empty()) pool_.drop_idle(*this);
}

void Link::idle_too_long() noexcept { pool_.drop_idle(*this); }

void Link::closing_event() noexcept { pool_.bury(*this); }

}  // namespace zest::upstream
