#include "tls/algorithms.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <new>

#include "tls/openssl.h"

namespace zest::tls {
namespace {

constexpr const char* cipher_names[suite_count] = {"AES-128-GCM", "AES-256-GCM",
                                                   "ChaCha20-Poly1305"};
constexpr const char* hash_names[hash_count] = {"SHA256", "SHA384"};

OSSL_PARAM digest_param(Hash hash) {
  return OSSL_PARAM_construct_utf8_string(
      OSSL_MAC_PARAM_DIGEST, const_cast<char*>(hash_names[static_cast<size_t>(hash)]), 0);
}

OSSL_PARAM bytes_param(const char* name, std::span<const std::byte> bytes) {
  return OSSL_PARAM_construct_octet_string(name, const_cast<std::byte*>(bytes.data()),
                                           bytes.size());
}

}  // namespace

Result<std::shared_ptr<const Algorithms>> Algorithms::load() try {
  auto algorithms = std::make_shared<Algorithms>();
  if (auto fetched = algorithms->fetch(); !fetched) return fail(fetched.error());
  return algorithms;
} catch (const std::bad_alloc&) {
  return fail(Status::out_of_memory, "no memory for TLS");
}

Result<void> Algorithms::fetch() {
  for (size_t i = 0; i < suite_count; ++i) {
    ciphers_[i].reset(EVP_CIPHER_fetch(nullptr, cipher_names[i], nullptr));
    if (!ciphers_[i]) return fail_openssl("OpenSSL has no %s", cipher_names[i]);
  }
  const Owned<evp_mac_st> hmac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
  if (!hmac) return fail_openssl("OpenSSL has no HMAC");
  for (size_t i = 0; i < hash_count; ++i) {
    hmacs_[i].reset(EVP_MAC_CTX_new(hmac.get()));
    const OSSL_PARAM params[] = {digest_param(static_cast<Hash>(i)), OSSL_PARAM_construct_end()};
    if (!hmacs_[i] || EVP_MAC_CTX_set_params(hmacs_[i].get(), params) != 1)
      return fail_openssl("OpenSSL has no HMAC with %s", hash_names[i]);
  }
  prf_.reset(EVP_KDF_fetch(nullptr, "TLS1-PRF", nullptr));
  if (!prf_) return fail_openssl("OpenSSL has no TLS1-PRF");
  return {};
}

bool Algorithms::hmac(Hash hash, std::span<const std::byte> key, std::span<const std::byte> message,
                      std::span<std::byte> into) const {
  const Owned<evp_mac_ctx_st> mac(EVP_MAC_CTX_dup(hmacs_[static_cast<size_t>(hash)].get()));
  size_t size = 0;
  return mac && EVP_MAC_init(mac.get(), octets(key.data()), key.size(), nullptr) == 1 &&
         EVP_MAC_update(mac.get(), octets(message.data()), message.size()) == 1 &&
         EVP_MAC_final(mac.get(), octets(into.data()), &size, into.size()) == 1;
}

bool Algorithms::prf(Hash hash, std::span<const std::byte> secret,
                     std::span<const std::byte> label_and_seed, std::span<std::byte> into) const {
  const Owned<evp_kdf_ctx_st> kdf(EVP_KDF_CTX_new(prf_.get()));
  const OSSL_PARAM params[] = {digest_param(hash), bytes_param(OSSL_KDF_PARAM_SECRET, secret),
                               bytes_param(OSSL_KDF_PARAM_SEED, label_and_seed),
                               OSSL_PARAM_construct_end()};
  return kdf && EVP_KDF_derive(kdf.get(), octets(into.data()), into.size(), params) == 1;
}

}  // namespace zest::tls
