#include "zproxy/handshake_failures.h"

namespace zest::zproxy {

void HandshakeFailures::note(const sys::Address& client, const proxy::ListenerConfig& listener,
                             const char* why) {
  const int64_t now_ns = clock_.now_ns();
  int64_t told_ns = told_ns_.load(std::memory_order_relaxed);
  const bool first = told_ns == 0 || now_ns - told_ns >= ns_per_s;
  if (!first || !told_ns_.compare_exchange_strong(told_ns, now_ns)) {
    ++untold_;
    return;
  }
  const uint64_t untold = untold_.exchange(0);
  Text<64> more;
  if (untold > 0)
    more.append("; %llu more since the last such line", static_cast<unsigned long long>(untold));
  log_.info("TLS handshake with %s on %s failed: %s%s", client.format().c_str(),
            listener.bind.format().c_str(), why, more.c_str());
}

}  // namespace zest::zproxy
