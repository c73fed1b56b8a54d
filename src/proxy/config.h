// What a proxy is made from. Plain values with their defaults; config/ fills them from a file,
// zproxy from its command line, and tests by hand.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "http/parser.h"
#include "io/loop.h"
#include "sys/address.h"
#include "tls/config.h"
#include "upstream/config.h"

namespace zest::proxy {

struct Timeouts {
  uint32_t head_ms = 10'000;       // from a request's first byte to the end of its head
  uint32_t body_ms = 30'000;       // between two pieces of a request's body
  uint32_t send_ms = 30'000;       // for the client to take something of what we send
  uint32_t idle_ms = 60'000;       // between two requests
  uint32_t exchange_ms = 600'000;  // from a request's head to the end of its answer
  uint32_t linger_ms = 2'000;      // for the client to see our last answer before the reset
  uint32_t handshake_ms = 10'000;  // of TLS
  uint32_t preface_ms = 5'000;     // for a PROXY header, and for a ClientHello that is looked at
  uint32_t connect_ms = 5'000;     // to where CONNECT wants to go
  uint32_t tunnel_idle_ms = 600'000;
  uint32_t tunnel_end_ms = 30'000;  // of a tunnel that is quiet after one side has ended
  uint32_t tunnel_total_ms = 0;     // 0: none
};

struct Limits {
  http::Limits head;
  uint64_t body_bytes = uint64_t{1} << 30;
  uint32_t requests_per_connection = 0;  // 0: no limit
  uint32_t connections = 100'000;        // of this listener, over all workers
  uint32_t connections_per_client = 0;   // of one client address, over all workers; 0: no limit
  uint32_t handshakes = 512;             // of TLS at once, per worker
};

// An address block: 10.0.0.0/8, ::1/128.
struct Block {
  uint8_t ip[16] = {};  // IPv4 as ::ffff:a.b.c.d
  uint8_t bits = 128;
};

// What a listener speaks.
enum class Mode : uint8_t { http, tcp, udp };

// Who begins with a header of the PROXY protocol: nobody; the trusted, and nobody else; everybody,
// and who is not trusted is let go.
enum class ProxyProtocol : uint8_t { off, trusted, required };

// Where CONNECT may go.
struct Destination {
  Block block;
  uint16_t port = 0;  // 0: any
};

// Which way the bytes of a tunnel pass; as tunnel::EngineChoice.
enum class TunnelEngine : uint8_t { automatic, copy, splice, sockmap };

constexpr size_t no_upstream = SIZE_MAX;

enum class ForwardedMode : uint8_t { append, replace, off };

// What origins are told of the client. What an untrusted client says of this itself is dropped.
struct ForwardedConfig {
  ForwardedMode x_forwarded = ForwardedMode::append;  // X-Forwarded-For, -Proto, -Host
  ForwardedMode forwarded = ForwardedMode::off;       // Forwarded, RFC 7239
  std::vector<Block> trusted;                         // proxies in front of us
  std::string via;                                    // our name in Via; empty: no Via
};

// Fields in which origins are told of a client's certificate; an empty name: not told.
struct CertificateFields {
  std::string subject = "X-Client-Cert-Subject";          // RFC 2253's form
  std::string fingerprint = "X-Client-Cert-Fingerprint";  // SHA-256 in hex
  std::string verified = "X-Client-Cert-Verified";        // "yes", or "no" without a certificate
};

struct ListenerConfig {
  sys::Address bind;  // none: its connections come through Proxy::serve alone
  int64_t id = -1;    // for whoever hands connections over; -1: none
  Mode mode = Mode::http;
  std::string upstream_name;          // modes tcp and udp: who gets what no name leads elsewhere
  size_t upstream = no_upstream;      // the same as an index
  bool sni_routes = false;            // mode tcp: routes are chosen by the name that TLS asks for
  std::vector<Destination> connects;  // mode http: where CONNECT may go
  ProxyProtocol proxy_protocol = ProxyProtocol::off;
  uint32_t backlog = 4096;
  Limits limits;
  Timeouts timeouts;
  ForwardedConfig forwarded;
  CertificateFields certificate_fields;
  std::optional<tls::ServerConfig> tls;
};

struct RouteConfig {
  std::string host;        // lower case; empty: any; "*.example.org": any below it
  std::string path = "/";  // prefix, on a segment's border
  std::string sni;         // of listeners that look at it, and of no other; as host is
  bool upgrade = true;     // a change of protocol may be asked for
  size_t upstream = 0;     // index in Config::upstreams, or no_upstream
  // In place of an origin: whoever came without TLS is sent to the same there. Not who asks for
  // what a plain route answers.
  bool to_https = false;
  bool plain = false;
  std::string hook;  // the host is asked first, by this name; empty: he is not
  uint32_t hook_timeout_ms = 10'000;
  bool hook_optional = false;  // where he can't be asked, or is late: on to the upstream
  std::string set_host;        // Host for the origin; empty: as the client sent it
};

struct Config {
  uint32_t workers = 0;  // 0: one per CPU
  bool pin_cpus = true;
  uint32_t connections = 0;  // over all listeners; 0: by the fd limit
  uint32_t drain_timeout_ms = 30'000;
  io::BackendKind backend = io::BackendKind::automatic;
  uint32_t sq_depth = 4096;
  uint32_t buf_count = 1024;  // a power of two, per worker
  // A little less than a loopback segment (65,464 over IPv6): a send of one buffer is one segment,
  // and never one with a small one behind it, which costs as much.
  uint32_t buf_size = 61'440;
  bool sqpoll = false;
  TunnelEngine tunnel_engine = TunnelEngine::automatic;
  uint32_t hook_queue = 1024;  // that lie before the host at once, over all workers
  std::vector<ListenerConfig> listeners;
  std::vector<upstream::GroupConfig> upstreams;
  std::vector<RouteConfig> routes;  // the longest host and path that match win
};

}  // namespace zest::proxy
