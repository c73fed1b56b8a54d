// An OCSP response read from a file, to be stapled to its certificate (RFC 6066, section 8).
#pragma once

#include <vector>

#include "tls/certificate.h"

namespace zest::tls {

struct OcspFacts {
  int64_t until_s = INT64_MAX;  // of the wall clock: later it says nothing any more
  bool revoked = false;
};

// Whether this answers for that certificate. What it says of it is between its issuer and whoever
// is shown it; only that it says nothing, or speaks of another, is an error.
Result<OcspFacts> read_ocsp(const std::vector<unsigned char>& response,
                            const Certificate& certificate);

}  // namespace zest::tls
