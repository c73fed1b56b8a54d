// Protocols that a host speaks on a listener of ours: each is asked with the first bytes that a
// client sends, before detect.h's own.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "proxy/detect.h"

namespace zest::proxy {

struct HostProtocol {
  std::string name;
  // Called by workers, several at once; at least one byte is there. listener_id: -1 if it has none.
  std::function<Claim(int64_t listener_id, std::string_view first)> claims;
};

using HostProtocols = std::vector<HostProtocol>;

// No more than this is waited for by one that cannot tell yet.
constexpr size_t claim_bytes_max = 4096;

// Those that begin with these bytes.
Claim begins_with(std::string_view prefix, std::string_view first);

struct HostDetected {
  const HostProtocol* protocol = nullptr;
  bool more = false;  // it takes more bytes to tell
};
HostDetected detect(const HostProtocols& protocols, int64_t listener_id, std::string_view first);

}  // namespace zest::proxy
