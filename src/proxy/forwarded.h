// What origins are told of the client: X-Forwarded-*, Forwarded (RFC 7239), Via.
#pragma once

#include "http/serialize.h"
#include "proxy/config.h"

namespace zest::proxy {

// What is known of the client's side of a request.
struct ClientFacts {
  std::string_view ip;  // without brackets; empty for a Unix socket
  bool is_ipv6 = false;
  bool trusted = false;  // what it says of those before it is believed
  std::string_view scheme = "http";
  std::string_view host;  // as the client asked for it
};

// Where origins are told of it.
inline constexpr http::Name told_of_clients[] = {
    http::Name::x_forwarded_for, http::Name::x_forwarded_host, http::Name::x_forwarded_proto,
    http::Name::forwarded};

bool contains(const Block& block, const sys::Address& address);  // that of an IP socket
bool is_trusted(const std::vector<Block>& trusted, const sys::Address& client);

// Marks the fields of that sort in the head as not to be passed on (what of them is believed is
// written anew), and writes ours.
void write_forwarded(const ForwardedConfig& config, const ClientFacts& client,
                     http::RequestHead& head, http::Writer& writer);

// Our entry in Via, behind those that came; for requests and answers.
void write_via(const std::string& name, http::Head& head, http::Writer& writer);

}  // namespace zest::proxy
