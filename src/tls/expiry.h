// Until when a certificate is good. Seconds of the wall clock.
#pragma once

#include <cstdint>

struct ssl_st;
struct x509_st;

namespace zest::tls {

int64_t expiry_of(const x509_st* certificate);

// Of all that the other side's certificate was believed for, up to its authority's, in a full
// handshake; INT64_MAX where nothing was verified.
int64_t verified_until(const ssl_st* ssl);

}  // namespace zest::tls
