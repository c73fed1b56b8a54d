// The keys of TLS: at a listener, and towards origins.
#pragma once

#include "config/key.h"
#include "tls/config.h"
#include "upstream/config.h"

namespace zest::config {

// As written: the name that origins are asked for stands beside how they are asked.
struct UpstreamTls {
  tls::ClientConfig config;
  std::string name;
};

// The value of `tls`.
void read_listener_tls(proxy::ListenerConfig& into, const Entry& entry, Problems& problems);
void read_upstream_tls(upstream::GroupConfig& into, const Entry& entry, Problems& problems);

std::span<const Key<tls::ServerConfig>> server_tls_keys();
std::span<const Key<tls::CertificateFiles>> certificate_keys();
std::span<const Key<UpstreamTls>> client_tls_keys();

// What an upstream's `tls` and the "https://" of its addresses say together.
void settle_upstream_tls(upstream::GroupConfig& group, const Value& table, Problems& problems);

// A certificate in memory, for whoever comes by the names that a machine has for itself, or by the
// address that is listened on.
tls::ServerConfig self_signed_for(const sys::Address& bind);

}  // namespace zest::config
