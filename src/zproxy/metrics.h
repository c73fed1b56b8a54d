// What /metrics says: everything that is counted, in Prometheus' text format. prometheus-cpp stays
// in metrics*.cc.
#pragma once

#include <optional>
#include <string>

#include "proxy/proxy.h"
#include "sys/system.h"
#include "zproxy/access_log.h"

namespace zest::zproxy {

struct MetricsInput {
  proxy::Snapshot snapshot;
  proxy::Details details;
  std::optional<sys::ListenCounters> listen;  // of the network namespace
  std::optional<AccessLogTotals> access_log;
  uint64_t reloads = 0;
  uint64_t reload_failures = 0;
  bool draining = false;
};

std::string metrics_text(const MetricsInput& input);

}  // namespace zest::zproxy
