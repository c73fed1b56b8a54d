// What is behind the opaque handles of zest/tls.h.
#pragma once

#include <zest/tls.h>

#include <memory>
#include <utility>

#include "base/clock.h"
#include "sys/fork_mark.h"
#include "tls/channel.h"

namespace zest::capi {

// Shared by a context's handle and its connections, whichever is freed last.
struct TlsContext {
  explicit TlsContext(sys::ForkMark mark) : fork_mark(std::move(mark)) {}

  const sys::ForkMark fork_mark;
  const SystemClock clock;
  // One of these.
  std::shared_ptr<const tls::ServerContext> server;
  std::shared_ptr<const tls::ClientContext> client;
};

}  // namespace zest::capi

struct zest_tls_context {
  std::shared_ptr<const zest::capi::TlsContext> shared;
};

struct zest_tls {
  std::shared_ptr<const zest::capi::TlsContext> context;
  std::unique_ptr<zest::tls::Channel> channel;
};

namespace zest::capi {

// What a call through a handle may answer before it begins.
inline zest_status usable(const zest_tls_context* context) {
  if (!context) return ZEST_NULL_ARGUMENT;
  return context->shared->fork_mark.forked() ? ZEST_FORKED : ZEST_OK;
}

inline zest_status usable(const zest_tls* tls) {
  if (!tls) return ZEST_NULL_ARGUMENT;
  return tls->context->fork_mark.forked() ? ZEST_FORKED : ZEST_OK;
}

}  // namespace zest::capi
