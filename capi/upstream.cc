#include <zest/upstream.h>

#include "capi/address.h"
#include "capi/guard.h"
#include "capi/sized.h"
#include "capi/upstream_handle.h"
#include "capi/upstream_input.h"

using namespace zest;
using namespace zest::capi;

namespace {

const SystemClock system_clock;

zest_peer peer_of(const upstream::Cluster::Seen& seen) {
  const upstream::PeerFigures& figures = seen.figures;
  zest_peer peer{.state = static_cast<uint32_t>(figures.state),
                 .active = seen.active,
                 .idle = figures.idle,
                 .connects = figures.connects,
                 .connect_failures = figures.connect_failures,
                 .reused = figures.reused,
                 .requests = figures.requests,
                 .failures = figures.failures,
                 .retries = figures.retries,
                 .dropped_idle = figures.dropped_idle,
                 .expired = figures.expired,
                 .crowded_out = figures.crowded_out,
                 .first_byte_ns = figures.first_byte_ns};
  static_assert(sizeof peer.answers == sizeof figures.answers);
  std::ranges::copy(figures.answers, peer.answers);
  write_address(seen.address, peer.address);
  return peer;
}

}  // namespace

static_assert(ZEST_PEER_UNKNOWN == static_cast<int>(upstream::PeerState::unknown));
static_assert(ZEST_PEER_UP == static_cast<int>(upstream::PeerState::up));
static_assert(ZEST_PEER_DOWN == static_cast<int>(upstream::PeerState::down));

zest_status zest_upstream_new(const zest_upstream_config* config, zest_upstream** upstream,
                              zest_error* error) {
  if (!upstream) return report(Status::null_argument, "upstream must not be NULL", error);
  return guard(error, [&]() -> zest_status {
    auto group = read_group(config);
    if (!group) return capi::report(group.error(), error);
    auto engine = upstream::Cluster::create(std::move(*group), system_clock);
    if (!engine) return capi::report(engine.error(), error);
    *upstream = std::make_unique<zest_upstream>(std::move(*engine)).release();
    return ZEST_OK;
  });
}

zest_status zest_upstream_free(zest_upstream** upstream) {
  if (!upstream) return ZEST_NULL_ARGUMENT;
  return guard([&]() -> zest_status {
    // In a child another thread of the parent's may have held its lock.
    if (*upstream && !(*upstream)->engine->forked()) {
      (*upstream)->engine->close();
      delete *upstream;
    }
    *upstream = nullptr;
    return ZEST_OK;
  });
}

zest_status zest_upstream_tend(const zest_upstream* upstream, zest_tend* next) {
  const zest_status ready = usable(upstream);
  if (ready != ZEST_OK) return ready;
  return guard([&]() -> zest_status {
    const int64_t deadline_ns = upstream->engine->tend();
    if (next) *next = {.fd = -1, .reserved = 0, .deadline_ns = deadline_ns};
    return ZEST_OK;
  });
}

zest_status zest_upstream_peer_count(const zest_upstream* upstream, size_t* count) {
  const zest_status ready = usable(upstream);
  if (ready != ZEST_OK) return ready;
  if (!count) return ZEST_NULL_ARGUMENT;
  *count = upstream->engine->size();
  return ZEST_OK;
}

zest_status zest_upstream_peer_get(const zest_upstream* upstream, size_t index, zest_peer* out) {
  const zest_status ready = usable(upstream);
  if (ready != ZEST_OK) return ready;
  if (!out) return ZEST_NULL_ARGUMENT;
  if (!can_write(out, sizeof(zest_peer))) return ZEST_UNSUPPORTED;
  if (index >= upstream->engine->size()) return ZEST_INVALID_ARGUMENT;
  return guard([&]() -> zest_status {
    write_sized(out, peer_of(upstream->engine->see(index)));
    return ZEST_OK;
  });
}
