#include "tls/key_schedule.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <array>
#include <optional>
#include <string_view>

#include "tls/handshake.h"
#include "tls/hkdf.h"

namespace zest::tls {
namespace {

constexpr std::array<unsigned char, secret_size_max> zeros{};

// What OpenSSL says with a request: see tls13_hkdf_expand and tls13_generate_secret there.
struct Request {
  int mode = -1;
  std::optional<Hash> hash;
  std::optional<Octets> key;
  Octets salt;
  Octets data;
  Label label;
};

std::optional<Hash> hash_named(std::string_view name) {
  if (name == "SHA256" || name == "SHA2-256" || name == "SHA-256") return Hash::sha256;
  if (name == "SHA384" || name == "SHA2-384" || name == "SHA-384") return Hash::sha384;
  return {};
}

void read_octets(std::string_view name, Octets octets, Request& request) {
  if (name == OSSL_KDF_PARAM_KEY) request.key = octets;
  if (name == OSSL_KDF_PARAM_SALT) request.salt = octets;
  if (name == OSSL_KDF_PARAM_DATA) request.data = octets;
  if (name == OSSL_KDF_PARAM_PREFIX) request.label.prefix = octets;
  if (name == OSSL_KDF_PARAM_LABEL) request.label.text = octets;
}

void read(const OSSL_PARAM& param, Request& request) {
  const std::string_view name = param.key;
  if (param.data_type == OSSL_PARAM_OCTET_STRING)
    read_octets(name, {static_cast<const unsigned char*>(param.data), param.data_size}, request);
  if (name == OSSL_KDF_PARAM_DIGEST && param.data_type == OSSL_PARAM_UTF8_STRING)
    request.hash = hash_named({static_cast<const char*>(param.data), param.data_size});
  if (name == OSSL_KDF_PARAM_MODE) OSSL_PARAM_get_int(&param, &request.mode);
}

bool extract(const Request& request, std::span<unsigned char> into) {
  const Octets none = Octets(zeros).first(hash_size(*request.hash));
  return next_secret(*request.hash, request.salt, request.key.value_or(none), request.label, into);
}

bool expand(const Request& request, std::span<unsigned char> into) {
  if (!request.key || request.key->empty()) return false;
  if (!expand_label(*request.hash, *request.key, request.label, request.data, into)) return false;
  const auto* label = reinterpret_cast<const char*>(request.label.text.data());
  Handshake::note_derived({label, request.label.text.size()}, std::as_bytes(into));
  return true;
}

int derive(void*, unsigned char* into, size_t size, const OSSL_PARAM params[]) {
  Request request;
  for (const OSSL_PARAM* param = params; param && param->key; ++param) read(*param, request);
  if (!request.hash) return 0;
  if (request.mode == EVP_KDF_HKDF_MODE_EXTRACT_ONLY) return extract(request, {into, size}) ? 1 : 0;
  if (request.mode == EVP_KDF_HKDF_MODE_EXPAND_ONLY) return expand(request, {into, size}) ? 1 : 0;
  return 0;
}

// All that is asked comes with the request: there is no state, and none can be set.
void* new_context(void* provider) { return provider; }
void free_context(void*) {}
int set_nothing(void*, const OSSL_PARAM params[]) { return !params || !params->key ? 1 : 0; }

template <typename F>
OSSL_DISPATCH entry(int id, F function) {
  return {id, reinterpret_cast<void (*)()>(function)};
}

}  // namespace

const OSSL_DISPATCH key_schedule[] = {
    entry(OSSL_FUNC_KDF_NEWCTX, new_context),         entry(OSSL_FUNC_KDF_FREECTX, free_context),
    entry(OSSL_FUNC_KDF_RESET, free_context),         entry(OSSL_FUNC_KDF_DERIVE, derive),
    entry(OSSL_FUNC_KDF_SET_CTX_PARAMS, set_nothing), {0, nullptr}};

}  // namespace zest::tls
