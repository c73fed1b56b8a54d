// What one worker counts; it alone writes, anybody reads. Proxy::snapshot() adds them up.
#pragma once

#include <array>

#include "base/count.h"

namespace zest::proxy {

// Every deadline that can fire, by the name it has in the log and in the metrics.
enum class Timeout : uint8_t {
  none,
  idle,
  head,
  body,
  send,
  connect,
  first_byte,
  between_bytes,
  exchange,
  linger,
  handshake,
  preface,
  tunnel_idle,
  tunnel_end,
  tunnel_total,
  hook
};
constexpr size_t timeout_count = 16;
const char* timeout_name(Timeout timeout);

// Every limit that can be hit, likewise.
enum class Limit : uint8_t {
  none,
  head_bytes,
  request_line,
  fields,
  body_bytes,
  connections,
  connections_per_listener,
  connections_per_client,
  requests_per_connection,
  buffers,
  fds,
  handshakes,
  hook_queue
};
constexpr size_t limit_count = 13;
const char* limit_name(Limit limit);

// Whoever is let go before it was served, and why.
enum class Refused : uint8_t {
  proxy_header,  // is none, or malformed
  not_trusted,   // may not send one, and would have to
  client_hello,  // is malformed
  no_route,      // the name leads nowhere
  not_http,      // speaks something else to a port of HTTP: TLS, say
};
constexpr size_t refused_count = 5;
const char* refused_name(Refused why);

// How tunnels end.
enum class TunnelEnd : uint8_t {
  none,  // there was none
  done,  // both sides have ended
  client_broken,
  origin_broken,
  idle_timeout,
  total_timeout,
  end_timeout,
  cut,  // by us, at an end's deadline
  no_memory,
  mismatch,   // the kernel's count of bytes was not ours
  no_origin,  // it never began
};
constexpr size_t tunnel_end_count = 11;
const char* tunnel_end_name(TunnelEnd end);

// Latencies: bucket i counts those below bound_us[i] and not below the one before; the last bucket
// those beyond.
constexpr std::array<uint32_t, 16> latency_bound_us = {
    100,    250,     500,     1'000,   2'500,     5'000,     10'000,    25'000,
    50'000, 100'000, 250'000, 500'000, 1'000'000, 2'500'000, 5'000'000, 10'000'000};

template <typename Number>
struct CountersOf {
  Number connections_accepted{};
  Number connections_closed{};
  Number connections_reset{};       // by the client, or broken
  Number connections_given{};       // to the host, whose protocol they speak
  Number requests{};                // begun; also those whose head was refused
  Number hooked{};                  // of these: put before the host
  std::array<Number, 6> answers{};  // by status class: [2] is 2xx; [0] none was sent
  Number bytes_from_clients{};
  Number bytes_to_clients{};
  Number bytes_from_origins{};
  Number bytes_to_origins{};
  std::array<Number, timeout_count> timeouts{};
  std::array<Number, limit_count> limits{};
  Number upstream_connects{};
  Number upstream_connect_failures{};
  Number upstream_reused{};
  Number upstream_retries{};
  Number upstream_closed_idle{};   // by the origin, while pooled
  Number upstream_tls_failures{};  // handshakes with origins that came to nothing
  Number accept_errors{};
  std::array<Number, refused_count> refused{};
  Number proxy_headers{};  // taken
  Number tunnels{};        // begun
  Number datagrams_from_clients{};
  Number datagrams_to_clients{};
  Number datagrams_dropped{};  // for want of a session, or of room to send
  std::array<Number, tunnel_end_count> tunnel_ends{};
  Number handshakes{};          // of TLS, with clients, that came to their end
  Number handshakes_resumed{};  // of these
  Number handshakes_failed{};
  Number kernel_taken{};    // connections with TLS whose records the kernel took over
  Number kernel_refused{};  // should have, and stayed in user space or were let go
  std::array<Number, latency_bound_us.size() + 1>
      latency{};  // head complete or refused, to answer sent
  Number latency_sum_us{};
};

using Counters = CountersOf<Count>;
using Totals = CountersOf<uint64_t>;

}  // namespace zest::proxy
