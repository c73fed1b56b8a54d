#include "tls/context.h"

#include "tls/cipher_lists.h"
#include "tls/handshake.h"
#include "tls/library.h"
#include "tls/openssl.h"
#include "tls/pem.h"
#include "tls/suite_of.h"

namespace zest::tls {
namespace {

int number_of(Version version) {
  return version == Version::tls12 ? TLS1_2_VERSION : TLS1_3_VERSION;
}

Result<void> check_kinds(ssl_ctx_st* context) {
  const STACK_OF(SSL_CIPHER)* ciphers = SSL_CTX_get_ciphers(context);
  for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); ++i) {
    const SSL_CIPHER* cipher = sk_SSL_CIPHER_value(ciphers, i);
    const int exchange = SSL_CIPHER_get_kx_nid(cipher);
    const bool certified =
        exchange == NID_kx_any || exchange == NID_kx_ecdhe || exchange == NID_kx_rsa ||
        (exchange == NID_kx_dhe && SSL_CIPHER_get_auth_nid(cipher) != NID_auth_null);
    if (!certified)
      return fail(Status::invalid_argument,
                  "cipher %s cannot be had here: no certificate would be asked for",
                  SSL_CIPHER_get_name(cipher));
    if (!suite_of(cipher))
      return fail(Status::invalid_argument,
                  "cipher %s cannot be had here: only AES-GCM and ChaCha20-Poly1305 can",
                  SSL_CIPHER_get_name(cipher));
  }
  return {};
}

Result<void> apply(ssl_ctx_st* context, const Preferences& preferences) {
  if (SSL_CTX_set_min_proto_version(context, number_of(preferences.version_min)) != 1 ||
      SSL_CTX_set_max_proto_version(context, number_of(preferences.version_max)) != 1)
    return fail_openssl("set the TLS versions");
  if (SSL_CTX_set_cipher_list(context, preferences.ciphers.c_str()) != 1)
    return fail_openssl("ciphers \"%s\"", preferences.ciphers.c_str());
  if (SSL_CTX_set_ciphersuites(context, preferences.ciphersuites.c_str()) != 1)
    return fail_openssl("ciphersuites \"%s\"", preferences.ciphersuites.c_str());
  if (SSL_CTX_set1_groups_list(context, preferences.groups.c_str()) != 1)
    return fail_openssl("groups \"%s\"", preferences.groups.c_str());
  return check_kinds(context);
}

}  // namespace

Result<void> Context::prepare(const Preferences& preferences) {
  auto algorithms = Algorithms::load();
  if (!algorithms) return fail(algorithms.error());
  algorithms_ = std::move(*algorithms);
  auto method = tls::wire_method();
  if (!method) return fail(method.error());
  method_ = std::move(*method);
  auto kernel = choose_kernel(preferences.kernel);
  if (!kernel) return fail(kernel.error());
  kernel_ = std::move(*kernel);
  for (const std::string& name : preferences.alpn) {
    if (name.empty() || name.size() > Facts::alpn_size_max)
      return fail(Status::invalid_argument, "ALPN \"%s\": 1 to %zu bytes are wanted", name.c_str(),
                  Facts::alpn_size_max);
    alpn_.push_back(static_cast<unsigned char>(name.size()));
    alpn_.insert(alpn_.end(), name.begin(), name.end());
  }
  return check_ciphers(preferences);
}

Result<void> Context::check_ciphers(const Preferences& preferences) {
  const Preferences usual;
  if (preferences.ciphers == usual.ciphers && preferences.ciphersuites == usual.ciphersuites)
    return {};
  const auto ours = library();
  if (!ours) return fail(ours.error());
  const Owned<ssl_ctx_st> scratch(SSL_CTX_new_ex(*ours, nullptr, TLS_method()));
  if (!scratch) return fail_openssl("make a TLS context");
  return check_cipher_lists(preferences, scratch.get(), warnings_);
}

Result<Owned<ssl_ctx_st>> Context::make(const ssl_method_st* method,
                                        const Preferences& preferences) const {
  const auto ours = library();
  if (!ours) return fail(ours.error());
  Owned<ssl_ctx_st> context(SSL_CTX_new_ex(*ours, nullptr, method));
  if (!context) return fail_openssl("make a TLS context");
  if (auto applied = apply(context.get(), preferences); !applied) return fail(applied.error());
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // The chain is what the file says. Else each handshake would look for one, and verify it.
  SSL_CTX_set_mode(context.get(), SSL_MODE_NO_AUTO_CHAIN);
  Handshake::listen_to(context.get(), *ours == nullptr);
  return context;
}

Result<void> Context::use(ssl_ctx_st* context, const Certificate& certificate) {
  if (SSL_CTX_use_certificate(context, certificate.leaf.get()) != 1 ||
      SSL_CTX_use_PrivateKey(context, certificate.key.get()) != 1)
    return fail_openssl("%s", certificate.file.c_str());
  for (const Owned<x509_st>& above : certificate.chain)
    if (SSL_CTX_add1_chain_cert(context, above.get()) != 1)
      return fail_openssl("%s: chain", certificate.file.c_str());
  return {};
}

Result<void> Context::trust(ssl_ctx_st* context, std::span<const Owned<x509_st>> authorities) {
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  for (const Owned<x509_st>& authority : authorities)
    if (X509_STORE_add_cert(store, authority.get()) != 1) return fail_openssl("trust an authority");
  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
  return {};
}

}  // namespace zest::tls
