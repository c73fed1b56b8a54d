// The Connection field: what holds for this connection alone and must not be passed on.
#pragma once

#include "http/head.h"

namespace zest::http {

struct ConnectionOptions {
  static constexpr uint32_t names_max = 32;

  bool close = false;
  bool keep_alive = false;
  bool upgrade = false;
  bool malformed = false;  // an element is no token, or more than names_max are anything else
  uint32_t names = 0;      // elements that are anything else: field names
};

ConnectionOptions connection_options(const Head& head);

// Sets skip in each field that ends here: Connection, Keep-Alive, Proxy-Connection, TE,
// Transfer-Encoding, Upgrade, HTTP2-Settings, Proxy-Authorization, Proxy-Authenticate, and what
// Connection nominates; also Proxy, which means nothing and harms (CVE-2016-5385). Not Trailer,
// which belongs to the trailers. Only fields that have no Name can be nominated: those that have
// one say who asks, for what, with what right, or where the body ends, and may not be had taken
// away by the sender (CVE-2022-31813). Returns how many fields are marked.
uint32_t mark_hop_by_hop(Head& head);

}  // namespace zest::http
