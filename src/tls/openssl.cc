#include "tls/openssl.h"

#include <openssl/kdf.h>
#include <openssl/provider.h>

namespace zest::tls {

void Free::operator()(ossl_lib_ctx_st* library) const { OSSL_LIB_CTX_free(library); }
void Free::operator()(ossl_provider_st* provider) const { OSSL_PROVIDER_unload(provider); }
void Free::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }
void Free::operator()(ssl_st* ssl) const { SSL_free(ssl); }
void Free::operator()(ssl_session_st* session) const { SSL_SESSION_free(session); }
void Free::operator()(evp_cipher_st* cipher) const { EVP_CIPHER_free(cipher); }
void Free::operator()(evp_cipher_ctx_st* context) const { EVP_CIPHER_CTX_free(context); }
void Free::operator()(evp_kdf_st* kdf) const { EVP_KDF_free(kdf); }
void Free::operator()(evp_kdf_ctx_st* context) const { EVP_KDF_CTX_free(context); }
void Free::operator()(evp_mac_st* mac) const { EVP_MAC_free(mac); }
void Free::operator()(evp_mac_ctx_st* context) const { EVP_MAC_CTX_free(context); }
void Free::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }
void Free::operator()(bio_st* bio) const { BIO_free(bio); }
void Free::operator()(bio_method_st* method) const { BIO_meth_free(method); }
void Free::operator()(x509_st* certificate) const { X509_free(certificate); }
void Free::operator()(asn1_string_st* text) const { ASN1_STRING_free(text); }

Text<160> openssl_words() {
  Text<160> words;
  const char* data = nullptr;
  int flags = 0;
  const unsigned long code = ERR_get_error_all(nullptr, nullptr, nullptr, &data, &flags);
  const char* reason = code ? ERR_reason_error_string(code) : nullptr;
  words.append("%s", reason ? reason : "no reason given by OpenSSL");
  if (data && *data && (flags & ERR_TXT_STRING)) words.append(" (%s)", data);
  ERR_clear_error();
  return words;
}

std::unexpected<Error> fail_openssl(const char* format, ...) {
  const bool memory = ERR_GET_REASON(ERR_peek_error()) == ERR_R_MALLOC_FAILURE;
  Error error{.status = memory ? Status::out_of_memory : Status::invalid_argument};
  va_list arguments;
  va_start(arguments, format);
  error.message.append_list(format, arguments);
  va_end(arguments);
  error.message.append(": %s", openssl_words().c_str());
  return std::unexpected(error);
}

}  // namespace zest::tls
