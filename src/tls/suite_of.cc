#include "tls/suite_of.h"

#include "tls/openssl.h"

namespace zest::tls {

std::optional<Suite> suite_of(const ssl_cipher_st* cipher) {
  switch (SSL_CIPHER_get_cipher_nid(cipher)) {
    case NID_aes_128_gcm: return Suite::aes_128_gcm;
    case NID_aes_256_gcm: return Suite::aes_256_gcm;
    case NID_chacha20_poly1305: return Suite::chacha20_poly1305;
    default: return std::nullopt;
  }
}

// Of TLS 1.3's HKDF, and of TLS 1.2's PRF.
std::optional<Hash> hash_of(const ssl_cipher_st* cipher) {
  const EVP_MD* digest = SSL_CIPHER_get_handshake_digest(cipher);
  switch (digest ? EVP_MD_get_type(digest) : NID_undef) {
    case NID_sha256: return Hash::sha256;
    case NID_sha384: return Hash::sha384;
    default: return std::nullopt;
  }
}

}  // namespace zest::tls
