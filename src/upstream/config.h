// What an operator says about a group of origins. Plain values, checked where they are read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "preface/proxy_header.h"
#include "sys/address.h"
#include "tls/config.h"

namespace zest::upstream {

enum class Strategy : uint8_t { round_robin, least_connections };

struct GroupConfig {
  std::string name;
  std::vector<sys::Address> addrs;
  Strategy strategy = Strategy::round_robin;
  bool keepalive = true;                 // false: a new connection for each request
  uint32_t pool_size = 64;               // idle connections kept, per worker and origin
  uint32_t idle_timeout_ms = 60'000;     // of a pooled connection
  uint32_t requests_per_connection = 0;  // 0: no limit
  uint32_t connect_timeout_ms = 2'000;
  uint32_t failure_pause_ms = 10'000;  // who can't be connected to is asked last so long; 0: never
  uint32_t first_byte_timeout_ms = 60'000;     // from the request's last byte to the answer's first
  uint32_t between_bytes_timeout_ms = 30'000;  // while an answer arrives
  bool tcp_fast_open = false;
  bool tcp_nodelay = true;
  // Each connection begins with a PROXY header, and so serves one client: none is pooled.
  preface::ProxyVersion send_proxy = preface::ProxyVersion::none;
  std::optional<tls::ClientConfig> tls;
  std::string tls_name;  // what origins are asked for, and must have a certificate for

  bool operator==(const GroupConfig&) const = default;
};

}  // namespace zest::upstream
