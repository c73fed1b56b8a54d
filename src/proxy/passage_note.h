// For the access log, if there is one: what a tunnel's line says besides what the tunnel does.
#pragma once

#include <string>

#include "proxy/record.h"
#include "sys/address.h"
#include "tunnel/tunnel.h"

namespace zest::upstream {
class Pool;
}

namespace zest::proxy {

class Listener;

struct PassageNote {
  // At its end. `pool`: of its origin, or nullptr.
  void write(const Listener& listener, const upstream::Pool* pool, TunnelEnd end,
             const tunnel::Ended& ended);

  Record record;
  sys::Address client;
  sys::Address origin;
  std::string method, target, host;
};

}  // namespace zest::proxy
