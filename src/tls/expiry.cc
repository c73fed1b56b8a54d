#include "tls/expiry.h"

#include <algorithm>
#include <ctime>

#include "tls/openssl.h"

namespace zest::tls {

int64_t expiry_of(const x509_st* certificate) {
  tm parts{};
  ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &parts);
  return ::timegm(&parts);
}

int64_t verified_until(const ssl_st* ssl) {
  const STACK_OF(X509)* chain = SSL_get0_verified_chain(ssl);
  int64_t until_s = INT64_MAX;
  for (int i = 0; chain && i < sk_X509_num(chain); ++i)
    until_s = std::min(until_s, expiry_of(sk_X509_value(chain, i)));
  return until_s;
}

}  // namespace zest::tls
