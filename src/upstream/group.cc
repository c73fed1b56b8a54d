#include "upstream/group.h"

#include "base/clock.h"

namespace zest::upstream {

Result<void> Group::prepare(int64_t now_s, std::vector<std::string>* errors) {
  if (!config_.tls) return {};
  tls::ClientConfig config = *config_.tls;
  config.preferences.alpn = {"http/1.1"};
  auto context = tls::ClientContext::create(config, now_s, errors);
  if (!context) return fail(context.error());
  tls_ = std::move(*context);
  return {};
}

void Group::rest(Peer& peer, int64_t now_ns) const {
  if (config_.failure_pause_ms > 0)
    peer.rests_until_ns = deadline_after_ms(now_ns, config_.failure_pause_ms);
}

}  // namespace zest::upstream
