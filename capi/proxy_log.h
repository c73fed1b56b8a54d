// Records of the engine's workers for a caller's function.
#pragma once

#include <zest/proxy.h>

#include "proxy/record.h"

namespace zest::capi {

// One for all workers: it holds nothing that changes.
class ProxyLog final : public proxy::RecordSink {
 public:
  ProxyLog(zest_proxy_log log, void* context) : log_(log), context_(context) {}

  void record(const proxy::Record& record) noexcept override;
  proxy::RecordSink* sink() { return log_ ? this : nullptr; }

 private:
  const zest_proxy_log log_;
  void* const context_;
};

}  // namespace zest::capi
