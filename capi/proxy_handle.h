// What is behind the opaque handle of zest/proxy.h.
#pragma once

#include <unistd.h>
#include <zest/proxy.h>

#include <atomic>
#include <memory>
#include <utility>

#include "capi/proxy_log.h"
#include "proxy/proxy.h"
#include "sys/fork_mark.h"

struct zest_proxy {
  zest_proxy(zest::sys::ForkMark mark, const zest_proxy_config& config)
      : fork_mark(std::move(mark)), log(config.log, config.log_context) {}
  zest_proxy(const zest_proxy&) = delete;
  zest_proxy& operator=(const zest_proxy&) = delete;

  const zest::sys::ForkMark fork_mark;
  zest::capi::ProxyLog log;                           // outlives the engine's threads
  mutable std::atomic<uint32_t> drain_timeout_ms{0};  // of the configuration in force
  std::shared_ptr<zest::proxy::HookQueue> hooks;      // there before the engine has any thread
  std::unique_ptr<zest::proxy::Proxy> engine;
  std::atomic<bool> up{false};  // the engine is there: workers may ask before
};

namespace zest::capi {

// What a call through a handle may answer before it begins. This: one that needs no engine.
inline zest_status known(const zest_proxy* proxy) {
  if (!proxy) return ZEST_NULL_ARGUMENT;
  return proxy->fork_mark.forked() ? ZEST_FORKED : ZEST_OK;
}

// Where a callback has told of the handle, zest_proxy_start may still be on its way: it is waited
// for.
inline zest_status usable(const zest_proxy* proxy) {
  const zest_status status = known(proxy);
  while (status == ZEST_OK && !proxy->up.load(std::memory_order_acquire)) ::usleep(100);
  return status;
}

}  // namespace zest::capi
