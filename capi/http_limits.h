// zest_http_limits as the engine's own.
#pragma once

#include <zest/http.h>

#include <optional>

#include "capi/guard.h"
#include "capi/sized.h"
#include "http/chunked.h"
#include "http/parser.h"

namespace zest::capi {

struct HttpLimits {
  http::Limits head;
  http::ChunkedLimits chunked;
};

inline constexpr HttpLimits default_limits;

// Apart from what every head goes through.
[[gnu::noinline]] inline zest_status read_given_limits(const zest_http_limits* from,
                                                       HttpLimits& into) {
  const auto read = read_sized(from, sizeof(zest_http_limits), "zest_http_limits");
  if (!read) return ZEST_UNSUPPORTED;
  if (read->head_bytes && (read->head_bytes < 64 || read->head_bytes > 1u << 30))
    return ZEST_INVALID_ARGUMENT;
  const auto take = [](uint32_t wanted, uint32_t& limit) {
    if (wanted) limit = wanted;
  };
  take(read->head_bytes, into.head.head_bytes);
  take(read->request_line, into.head.request_line);
  take(read->fields, into.head.fields);
  take(read->chunk_line_bytes, into.chunked.line_bytes);
  take(read->chunk_excess_bytes, into.chunked.excess_bytes);
  take(read->trailer_bytes, into.chunked.trailer_bytes);
  take(read->trailer_fields, into.chunked.trailer_fields);
  return ZEST_OK;
}

// use(limits) with the defaults for NULL, or the caller's.
template <typename Use>
zest_status with_limits(const zest_http_limits* given, Use use) {
  return guard([&] {
    std::optional<HttpLimits> own;
    const HttpLimits* limits = &default_limits;
    if (given) [[unlikely]] {
      limits = &own.emplace();
      const zest_status status = read_given_limits(given, *own);
      if (status != ZEST_OK) return status;
    }
    return use(*limits);
  });
}

}  // namespace zest::capi
