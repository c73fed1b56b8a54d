// How a listener came up.
#pragma once

#include "base/text.h"
#include "proxy/config.h"

namespace zest::proxy {

struct ListenerReport {
  uint32_t index = 0;    // its number in records, the same through reloads
  sys::Address address;  // with the real port
  uint32_t sockets = 0;  // one per worker with SO_REUSEPORT, or one
  uint32_t backlog_effective = 0;
  Mode mode = Mode::http;
  bool encrypted = false;
  Text<256> note;  // what was done differently from what was asked, and why
};

}  // namespace zest::proxy
