// Our TLS13-KDF against OpenSSL's own, and against RFC 8448.
#include <doctest/doctest.h>
#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tls/library.h"
#include "tls/openssl.h"

namespace zest::tls {
namespace {

// As libssl asks; what is not there is not said.
struct Question {
  int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
  std::string digest = "SHA256";
  std::optional<std::string> key;
  std::optional<std::string> salt;
  std::string label;
  std::optional<std::string> data;
  size_t size = 32;
};

OSSL_PARAM octets_param(const char* name, const std::string& bytes) {
  return OSSL_PARAM_construct_octet_string(name, const_cast<char*>(bytes.data()), bytes.size());
}

// Empty: refused.
std::string ask(OSSL_LIB_CTX* library, Question question) {
  const std::string prefix = "tls13 ";
  const Owned<evp_kdf_st> kdf(EVP_KDF_fetch(library, "TLS13-KDF", nullptr));
  const Owned<evp_kdf_ctx_st> context(EVP_KDF_CTX_new(kdf.get()));
  std::vector<OSSL_PARAM> params = {
      OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &question.mode),
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, question.digest.data(), 0)};
  if (question.key) params.push_back(octets_param(OSSL_KDF_PARAM_KEY, *question.key));
  if (question.salt) params.push_back(octets_param(OSSL_KDF_PARAM_SALT, *question.salt));
  params.push_back(octets_param(OSSL_KDF_PARAM_PREFIX, prefix));
  params.push_back(octets_param(OSSL_KDF_PARAM_LABEL, question.label));
  if (question.data) params.push_back(octets_param(OSSL_KDF_PARAM_DATA, *question.data));
  params.push_back(OSSL_PARAM_construct_end());
  std::string into(question.size, 0);
  const bool derived = EVP_KDF_derive(context.get(), reinterpret_cast<unsigned char*>(into.data()),
                                      into.size(), params.data()) == 1;
  ERR_clear_error();
  return derived ? into : "";
}

OSSL_LIB_CTX* ours() {
  const auto found = library();
  REQUIRE_MESSAGE(found.has_value(), found.error().message.c_str());
  REQUIRE(*found != nullptr);
  return *found;
}

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return bytes;
}

struct Digest {
  const char* name;
  size_t size;
};
constexpr Digest digests[] = {{"SHA256", 32}, {"SHA2-256", 32}, {"SHA-256", 32},
                              {"SHA384", 48}, {"SHA2-384", 48}, {"SHA-384", 48}};

std::mt19937 chance(5);

std::string random_bytes(size_t size) {
  std::string bytes(size, 0);
  for (char& byte : bytes) byte = static_cast<char>(chance());
  return bytes;
}

void check_same(const Question& question) {
  CAPTURE(question.digest);
  CAPTURE(question.label);
  const std::string answer = ask(ours(), question);
  CHECK(answer.size() == question.size);
  CHECK((answer == ask(nullptr, question)));
}

}  // namespace

TEST_CASE("every label that libssl expands gives what OpenSSL's own schedule gives") {
  constexpr const char* labels[] = {
      "c e traffic", "e exp master", "c hs traffic", "s hs traffic", "c ap traffic", "s ap traffic",
      "exp master",  "res master",   "res binder",   "ext binder",   "resumption",   "finished",
      "key",         "iv",           "traffic upd",  "derived",      "exporter",     ""};
  for (const auto& [digest, size] : digests) {
    for (const char* label : labels) {
      for (const size_t wanted : {size, size_t{16}, size_t{12}, size_t{1}}) {
        Question question{.digest = digest, .key = random_bytes(size), .label = label};
        question.size = wanted;
        check_same(question);
        for (const size_t told : {size, size_t{8}, size_t{0}}) {  // a hash, a ticket's nonce, none
          question.data = random_bytes(told);
          check_same(question);
        }
      }
    }
  }
}

TEST_CASE("every step to the next secret gives what OpenSSL's own schedule gives") {
  for (const auto& [digest, size] : digests) {
    // A pre-shared key, x25519, P-521, x448, ffdhe2048, and nothing.
    for (const size_t shared : {size, size_t{32}, size_t{66}, size_t{56}, size_t{256}, size_t{0}}) {
      Question question{.mode = EVP_KDF_HKDF_MODE_EXTRACT_ONLY, .digest = digest};
      question.label = "derived";
      question.size = size;
      if (shared) question.key = random_bytes(shared);
      check_same(question);
      question.salt = random_bytes(size);
      check_same(question);
    }
  }
}

TEST_CASE("RFC 8448, section 3: from nothing to the handshake secret") {
  Question question{.mode = EVP_KDF_HKDF_MODE_EXTRACT_ONLY};
  question.label = "derived";
  const std::string early = ask(ours(), question);
  CHECK((early == from_hex("33ad0a1c607ec03b09e6cd9893680ce210adf300aa1f2660e1b22e10f170f92a")));
  question.salt = early;
  question.key = from_hex("8bd4054fb55b9d63fdfbacf9f04b9f0d35e6d63f537563efd46272900f89492d");
  const std::string secret = ask(ours(), question);
  CHECK((secret == from_hex("1dc826e93606aa6fdc0aadc12f741b01046aa6b99f691ed221a9f0ca043fbeac")));
}

TEST_CASE("what the schedule has no answer to is refused") {
  const std::string key(32, 'k');
  CHECK(!ask(ours(), {.key = key, .label = "key"}).empty());
  for (const char* digest : {"SHA512", "SHA1", "SM3", "SHA2-256x", "SHA", ""}) {
    CAPTURE(digest);
    CHECK(ask(ours(), {.digest = digest, .key = key, .label = "key"}).empty());
    CHECK(ask(ours(), {.mode = EVP_KDF_HKDF_MODE_EXTRACT_ONLY, .digest = digest}).empty());
  }
  CHECK(ask(ours(), {.mode = EVP_KDF_HKDF_MODE_EXTRACT_AND_EXPAND, .key = key}).empty());
  CHECK(ask(ours(), {.mode = -1, .key = key}).empty());
  CHECK(ask(ours(), {.label = "no key"}).empty());
  CHECK(ask(ours(), {.key = "", .label = "no key"}).empty());
  CHECK(ask(ours(), {.key = key, .size = 33}).empty());
  CHECK(ask(ours(), {.key = key, .label = std::string(250, 'x')}).empty());
  CHECK(ask(ours(), {.key = key, .data = std::string(33, 'x')}).empty());
  CHECK(ask(ours(), {.mode = EVP_KDF_HKDF_MODE_EXTRACT_ONLY, .key = key, .size = 31}).empty());
}

TEST_CASE("nothing can be set before the question, so that nothing set is forgotten") {
  const Owned<evp_kdf_st> kdf(EVP_KDF_fetch(ours(), "TLS13-KDF", nullptr));
  const Owned<evp_kdf_ctx_st> context(EVP_KDF_CTX_new(kdf.get()));
  int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
  OSSL_PARAM params[] = {OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
                         OSSL_PARAM_construct_end()};
  CHECK(EVP_KDF_CTX_set_params(context.get(), params) != 1);
  CHECK(EVP_KDF_CTX_set_params(context.get(), params + 1) == 1);
}

}  // namespace zest::tls
