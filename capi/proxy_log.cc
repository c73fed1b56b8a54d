#include "capi/proxy_log.h"

#include "capi/address.h"

namespace zest::capi {
namespace {

uint32_t size_of(std::string_view text) { return static_cast<uint32_t>(text.size()); }

const char* name_of(proxy::Timeout timeout) {
  return timeout == proxy::Timeout::none ? "" : proxy::timeout_name(timeout);
}

const char* name_of(proxy::Limit limit) {
  return limit == proxy::Limit::none ? "" : proxy::limit_name(limit);
}

zest_proxy_record record_of(const proxy::Record& from) {
  return {.struct_size = sizeof(zest_proxy_record),
          .listener = from.listener,
          .began_ns = from.began_ns,
          .duration_ns = from.duration_ns,
          .first_byte_ns = from.first_byte_ns,
          .bytes_in = from.bytes_in,
          .bytes_out = from.bytes_out,
          .method = from.method.data(),
          .target = from.target.data(),
          .host = from.host.data(),
          .upstream = from.upstream.data(),
          .method_size = size_of(from.method),
          .target_size = size_of(from.target),
          .host_size = size_of(from.host),
          .upstream_size = size_of(from.upstream),
          .status = from.status,
          .minor = from.minor,
          .reused = from.reused,
          .cut = from.cut,
          .reserved = {},
          .timeout = name_of(from.timeout),
          .limit = name_of(from.limit),
          .why = from.why,
          .client = {},
          .origin = {}};
}

}  // namespace

void ProxyLog::record(const proxy::Record& record) noexcept {
  zest_proxy_record shown = record_of(record);
  if (record.client) write_address(*record.client, shown.client);
  if (record.origin) write_address(*record.origin, shown.origin);
  log_(context_, &shown);
}

}  // namespace zest::capi
