// What is behind the opaque handles of zest/upstream.h.
#pragma once

#include <zest/upstream.h>

#include <memory>

#include "upstream/lease.h"

struct zest_upstream {
  std::shared_ptr<zest::upstream::Cluster> engine;
};

namespace zest::capi {

// A link is the engine's lease and nothing else: none is allocated for it.
inline upstream::Lease* lease_of(zest_link* link) {
  return reinterpret_cast<upstream::Lease*>(link);
}
inline zest_link* link_of(upstream::Lease* lease) { return reinterpret_cast<zest_link*>(lease); }

// What a call through a handle may answer before it begins.
inline zest_status usable(const zest_upstream* upstream) {
  if (!upstream) return ZEST_NULL_ARGUMENT;
  return upstream->engine->forked() ? ZEST_FORKED : ZEST_OK;
}
inline zest_status usable(zest_link* link) {
  if (!link) return ZEST_NULL_ARGUMENT;
  return lease_of(link)->home().forked() ? ZEST_FORKED : ZEST_OK;
}

}  // namespace zest::capi
