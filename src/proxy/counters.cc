#include "proxy/counters.h"

namespace zest::proxy {

const char* timeout_name(Timeout timeout) {
  static constexpr std::array<const char*, timeout_count> names = {
      "none",        "idle",          "head",         "body",   "send",      "connect",
      "first_byte",  "between_bytes", "exchange",     "linger", "handshake", "preface",
      "tunnel_idle", "tunnel_end",    "tunnel_total", "hook"};
  return names[static_cast<size_t>(timeout)];
}

const char* limit_name(Limit limit) {
  static constexpr std::array<const char*, limit_count> names = {"none",
                                                                 "head_bytes",
                                                                 "request_line",
                                                                 "fields",
                                                                 "body_bytes",
                                                                 "connections",
                                                                 "connections_per_listener",
                                                                 "connections_per_client",
                                                                 "requests_per_connection",
                                                                 "buffers",
                                                                 "fds",
                                                                 "handshakes",
                                                                 "hook_queue"};
  return names[static_cast<size_t>(limit)];
}

const char* refused_name(Refused why) {
  static constexpr std::array<const char*, refused_count> names = {
      "proxy_header", "not_trusted", "client_hello", "no_route", "not_http"};
  return names[static_cast<size_t>(why)];
}

const char* tunnel_end_name(TunnelEnd end) {
  static constexpr std::array<const char*, tunnel_end_count> names = {
      "none",        "done", "client_broken", "origin_broken", "idle_timeout", "total_timeout",
      "end_timeout", "cut",  "no_memory",     "mismatch",      "no_origin"};
  return names[static_cast<size_t>(end)];
}

}  // namespace zest::proxy
