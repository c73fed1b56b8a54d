// A provider for OpenSSL that hands on all that its default one has, but for two things:
// * TLS13-KDF (key_schedule.h);
// * the check of a peer's share of an exchange on P-256, P-384 or P-521. OpenSSL also multiplies
//   the point by the group's order, as dear as the exchange itself. The cofactor is 1 there, and a
//   point on the curve other than infinity is in the group: RFC 8446, 4.2.8.2 asks for no more.
#pragma once

#include <memory>

#include "base/result.h"
#include "tls/owned.h"

namespace zest::tls {

// The default provider's tables, changed.
struct Tables;
struct FreeTables {
  void operator()(Tables* tables) const;
};
// `base`: "default", unless a test wants to see it fail.
Result<std::unique_ptr<Tables, FreeTables>> read_tables(const char* base);

// Into a library context; freed before that. One call at a time.
Result<Owned<ossl_provider_st>> load_provider(ossl_lib_ctx_st* into);
// What all of them share, when the last is gone.
void free_tables();

}  // namespace zest::tls
