// Field names that zest or its users ask for, as numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace zest::http {

enum class Name : uint8_t {
  other,
  accept,
  accept_charset,
  accept_encoding,
  accept_language,
  accept_ranges,
  access_control_allow_origin,
  age,
  allow,
  alt_svc,
  authorization,
  cache_control,
  connection,
  content_disposition,
  content_encoding,
  content_language,
  content_length,
  content_location,
  content_range,
  content_type,
  cookie,
  date,
  etag,
  expect,
  expires,
  forwarded,
  host,
  http2_settings,
  if_match,
  if_modified_since,
  if_none_match,
  if_range,
  if_unmodified_since,
  keep_alive,
  last_modified,
  link,
  location,
  max_forwards,
  origin,
  pragma,
  proxy,
  proxy_authenticate,
  proxy_authorization,
  proxy_connection,
  range,
  referer,
  retry_after,
  server,
  set_cookie,
  te,
  trailer,
  transfer_encoding,
  upgrade,
  upgrade_insecure_requests,
  user_agent,
  vary,
  via,
  www_authenticate,
  x_forwarded_for,
  x_forwarded_host,
  x_forwarded_port,
  x_forwarded_proto,
  x_real_ip,
  x_request_id,
};

constexpr size_t name_count = 64;

// In any case of letters; Name::other if it is none of the above.
Name name_of(std::string_view text);

// As RFCs write it: "Content-Length". Nothing for Name::other.
std::string_view text_of(Name name);

// For ASCII, in any case of letters.
bool same_text(std::string_view one, std::string_view other);

}  // namespace zest::http
