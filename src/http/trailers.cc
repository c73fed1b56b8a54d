#include "http/chunked.h"
#include "http/fields.h"
#include "http/first_line.h"

namespace zest::http {
namespace {

constexpr uint64_t bits_of(std::initializer_list<Name> names) {
  uint64_t bits = 0;
  for (const Name name : names) bits |= 1ULL << static_cast<int>(name);
  return bits;
}

constexpr uint64_t forbidden = bits_of({
    Name::content_length,
    Name::transfer_encoding,
    Name::trailer,
    Name::te,
    Name::connection,
    Name::keep_alive,
    Name::proxy_connection,
    Name::upgrade,
    Name::http2_settings,  // framing
    Name::host,
    Name::forwarded,
    Name::x_forwarded_for,
    Name::x_forwarded_host,
    Name::x_forwarded_port,
    Name::x_forwarded_proto,
    Name::x_real_ip,
    Name::via,  // routing
    Name::authorization,
    Name::proxy_authorization,
    Name::proxy_authenticate,
    Name::www_authenticate,
    Name::cookie,
    Name::set_cookie,
    Name::proxy,
    Name::origin,  // who
    Name::cache_control,
    Name::expect,
    Name::max_forwards,
    Name::pragma,
    Name::range,
    Name::if_match,
    Name::if_none_match,
    Name::if_modified_since,
    Name::if_unmodified_since,
    Name::if_range,
    Name::upgrade_insecure_requests,  // how
    Name::age,
    Name::date,
    Name::expires,
    Name::location,
    Name::retry_after,
    Name::vary,
    Name::content_encoding,
    Name::content_type,
    Name::content_range,  // what
});

}  // namespace

Parse TrailerParser::parse(std::string_view bytes, Head& into, const ChunkedLimits& limits) {
  if (bytes.empty() || bytes == "\r") return Parse::incomplete;
  if (bytes.starts_with("\r\n")) {
    into.base = bytes.data();
    into.field_count = 0;
    into.present = into.repeated = 0;
    into.size = 2;
    return Parse::complete;
  }
  const Limits bounds = bounded({.head_bytes = limits.trailer_bytes,
                                 .request_line = limits.trailer_bytes,
                                 .fields = limits.trailer_fields},
                                into);
  Lines lines;
  Parse found = find_lines(bytes, bounds, lines);
  if (found == Parse::complete) found = finish(bytes.data(), bounds, lines, into);
  if (found == Parse::refused && refusal().status == 414) {
    return refuse(431, refusal().offset, "too large a trailer section");
  }
  if (found != Parse::complete || !(into.present & forbidden)) return found;
  return refuse(400, 0, "a field that may not be a trailer");
}

}  // namespace zest::http
