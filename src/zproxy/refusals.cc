#include "zproxy/refusals.h"

#include <utility>

namespace zest::zproxy {
namespace {

using proxy::Limit;

constexpr std::pair<Limit, const char*> reasons[] = {
    {Limit::connections, "connections refused: there are max_connections of them"},
    {Limit::connections_per_listener, "connections refused: a listener has its max_connections"},
    {Limit::connections_per_client,
     "connections refused: a client has its max_connections_per_client"},
    {Limit::fds, "times out of file descriptors (ulimit -n), for clients or origins"},
    {Limit::handshakes, "TLS handshakes cut: max_handshakes were under way"},
};

}  // namespace

void Refusals::look(Log& log, const proxy::Totals& now) {
  for (const auto& [limit, words] : reasons) {
    const auto index = static_cast<size_t>(limit);
    const uint64_t total = now.limits[index];
    const uint64_t more = total - std::exchange(told_[index], total);
    if (more > 0)
      log.warn("%llu %s; %llu in all (limit %s)", static_cast<unsigned long long>(more), words,
               static_cast<unsigned long long>(total), proxy::limit_name(limit));
  }
}

}  // namespace zest::zproxy
