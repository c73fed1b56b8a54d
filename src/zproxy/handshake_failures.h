// TLS handshakes with clients that came to nothing, in the log: one of them a second, and how many
// more there were.
#pragma once

#include <atomic>

#include "base/clock.h"
#include "proxy/config.h"
#include "zproxy/log.h"

namespace zest::zproxy {

class HandshakeFailures {
 public:
  HandshakeFailures(Log& log, const Clock& clock) : log_(log), clock_(clock) {}

  // Any thread.
  void note(const sys::Address& client, const proxy::ListenerConfig& listener, const char* why);

 private:
  Log& log_;
  const Clock& clock_;
  std::atomic<int64_t> told_ns_ = 0;
  std::atomic<uint64_t> untold_ = 0;
};

}  // namespace zest::zproxy
