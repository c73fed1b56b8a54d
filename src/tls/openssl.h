// For the sources of this folder alone: OpenSSL's headers, its errors as ours, and its byte types.
#pragma once

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <span>

#include "base/result.h"
#include "tls/owned.h"

namespace zest::tls {

// The first thing that OpenSSL had to say since the last look, which is the cause of the others;
// its queue is empty afterwards.
Text<160> openssl_words();

// Fail with "<what was being done>: <openssl_words()>".
[[gnu::format(printf, 1, 2)]] std::unexpected<Error> fail_openssl(const char* format, ...);

inline const unsigned char* octets(const std::byte* bytes) {
  return reinterpret_cast<const unsigned char*>(bytes);
}
inline unsigned char* octets(std::byte* bytes) { return reinterpret_cast<unsigned char*>(bytes); }

}  // namespace zest::tls
