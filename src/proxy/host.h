// The program around the proxy: whom it asks.
#pragma once

#include <functional>
#include <memory>

#include "proxy/config.h"
#include "proxy/hook_queue.h"
#include "proxy/protocols.h"

namespace zest::proxy {

struct Host {
  std::shared_ptr<HookQueue> hooks = std::make_shared<HookQueue>();
  HostProtocols protocols;
  // In that worker's thread: the kernel refuses to go on with its ring, for this reason. Its
  // connections are cut, the others go on.
  std::function<void(uint32_t worker, int os_errno)> worker_lost;
  // In a worker's thread: `tunnel = "sockmap"` has been given up, for this reason.
  std::function<void(const char* why)> sockmap_given_up;
  // Likewise: a client that began to shake hands in TLS came to no connection. The text lives for
  // ever.
  std::function<void(const sys::Address& client, const ListenerConfig& listener, const char* why)>
      handshake_failed;
};

}  // namespace zest::proxy
