// What OpenSSL allocates, owned. Its headers stay out of ours: these are its own struct names.
#pragma once

#include <memory>

struct ossl_lib_ctx_st;
struct ossl_provider_st;
struct ssl_ctx_st;
struct ssl_st;
struct ssl_session_st;
struct evp_cipher_st;
struct evp_cipher_ctx_st;
struct evp_kdf_st;
struct evp_kdf_ctx_st;
struct evp_mac_st;
struct evp_mac_ctx_st;
struct evp_pkey_st;
struct bio_st;
struct bio_method_st;
struct x509_st;
struct asn1_string_st;

namespace zest::tls {

struct Free {
  void operator()(ossl_lib_ctx_st* library) const;
  void operator()(ossl_provider_st* provider) const;
  void operator()(ssl_ctx_st* context) const;
  void operator()(ssl_st* ssl) const;
  void operator()(ssl_session_st* session) const;
  void operator()(evp_cipher_st* cipher) const;
  void operator()(evp_cipher_ctx_st* context) const;
  void operator()(evp_kdf_st* kdf) const;
  void operator()(evp_kdf_ctx_st* context) const;
  void operator()(evp_mac_st* mac) const;
  void operator()(evp_mac_ctx_st* context) const;
  void operator()(evp_pkey_st* key) const;
  void operator()(bio_st* bio) const;
  void operator()(bio_method_st* method) const;
  void operator()(x509_st* certificate) const;
  void operator()(asn1_string_st* text) const;
};

template <typename T>
using Owned = std::unique_ptr<T, Free>;

}  // namespace zest::tls
