#include "proxy/protocols.h"

namespace zest::proxy {

Claim begins_with(std::string_view prefix, std::string_view first) {
  if (first.starts_with(prefix)) return Claim::yes;
  return prefix.starts_with(first) ? Claim::more : Claim::no;
}

// One that has said yes does not win over an earlier one that may.
HostDetected detect(const HostProtocols& protocols, int64_t listener_id, std::string_view first) {
  HostDetected detected;
  for (const HostProtocol& protocol : protocols) {
    const Claim claim = protocol.claims(listener_id, first);
    detected.more = claim == Claim::more && first.size() < claim_bytes_max;
    if (claim == Claim::yes) return {.protocol = &protocol, .more = false};
    if (detected.more) return detected;
  }
  return detected;
}

}  // namespace zest::proxy
