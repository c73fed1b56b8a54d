// Our provider beside OpenSSL's own, and what a handshake makes of it.
#include <doctest/doctest.h>
#include <openssl/core_dispatch.h>
#include <openssl/kdf.h>
#include <openssl/provider.h>

#include <thread>
#include <vector>

#include "tls/ends.h"
#include "tls/library.h"
#include "tls/provider.h"
#include "tls/raw_peer.h"

namespace zest::tls {
namespace {

using namespace zest::test;

std::string provider_of_kdf(OSSL_LIB_CTX* library) {
  const Owned<evp_kdf_st> kdf(EVP_KDF_fetch(library, "TLS13-KDF", nullptr));
  return OSSL_PROVIDER_get0_name(EVP_KDF_get0_provider(kdf.get()));
}

void check_handshake(const std::shared_ptr<const ServerContext>& serving,
                     const std::shared_ptr<const ClientContext>& asking) {
  Ends ends(serving, asking);
  ends.settle();
  REQUIRE_MESSAGE(ends.open(), ends.client.engine->why(), " / ", ends.server.engine->why());
  ends.say(ends.client, "there");
  ends.say(ends.server, "and back");
  CHECK(ends.server.data == "there");
  CHECK(ends.client.data == "and back");
}

const OSSL_DISPATCH of_nothing[] = {{0, nullptr}};

int enter_stranger(const OSSL_CORE_HANDLE*, const OSSL_DISPATCH*, const OSSL_DISPATCH** functions,
                   void** context) {
  *functions = of_nothing;
  *context = nullptr;
  return 1;
}

// Takes the connection out of our library context, whose key schedule tells secrets.
int leave(SSL* ssl, int*, void* to) {
  return SSL_set_SSL_CTX(ssl, static_cast<SSL_CTX*>(to)) == to ? SSL_CLIENT_HELLO_SUCCESS
                                                               : SSL_CLIENT_HELLO_ERROR;
}

Owned<ssl_ctx_st> stranger_to(ssl_ctx_st* context) {
  Owned<ssl_ctx_st> made(SSL_CTX_new(TLS_server_method()));
  SSL_CTX_use_certificate_chain_file(made.get(), example_files().certificate.c_str());
  SSL_CTX_use_PrivateKey_file(made.get(), example_files().key.c_str(), SSL_FILETYPE_PEM);
  SSL_CTX_set_app_data(made.get(), SSL_CTX_get_app_data(context));
  return made;
}

}  // namespace

TEST_CASE(
    "whoever else uses OpenSSL in the process has its own algorithms, during ours and after") {
  const auto ours = library();
  REQUIRE(ours.has_value());
  REQUIRE(*ours != nullptr);
  CHECK(*library() == *ours);
  CHECK(provider_of_kdf(*ours) == "zest");
  CHECK(provider_of_kdf(nullptr) == "default");
  check_handshake(server_context(), client_context());
  RawPeer client(false);  // its handshake, of another library context, is inside ours in time
  End server{.engine = *Engine::server(server_context())};
  client.settle(server);
  CHECK(client.open());
  CHECK(server.engine->is_open());
  CHECK(provider_of_kdf(nullptr) == "default");
}

TEST_CASE("a TLS 1.3 handshake whose secrets nobody told fails, and opens nothing") {
  const auto serving = server_context();
  const auto stranger = stranger_to(serving->fallback());
  SSL_CTX_set_client_hello_cb(serving->fallback(), leave, stranger.get());
  Ends ends(serving, client_context(), "example.org");
  ends.settle();
  CHECK(!ends.server.engine->is_open());
  CHECK(ends.server.engine->state() == Engine::State::failed);
  CHECK(std::string(ends.server.engine->why()) == "OpenSSL has not told the traffic secrets");
  CHECK(ends.server.data.empty());
}

TEST_CASE("TLS 1.2 needs no secret told") {
  ClientConfig config;
  config.preferences.version_max = Version::tls12;
  check_handshake(server_context(), client_context(config));
}

TEST_CASE("a provider that cannot be loaded is an error with its name") {
  const auto absent = read_tables("absent");
  REQUIRE(!absent.has_value());
  CHECK(std::string(absent.error().message.c_str()).find("\"absent\"") != std::string::npos);
  const auto empty = read_tables("null");  // OpenSSL's own, with no algorithms
  REQUIRE(!empty.has_value());
  CHECK(std::string(empty.error().message.c_str()).find("\"null\"") != std::string::npos);
  CHECK(read_tables("default").has_value());
}

TEST_CASE("where the host has chosen providers, OpenSSL is used as it is configured") {
  REQUIRE(OSSL_PROVIDER_add_builtin(nullptr, "stranger", enter_stranger) == 1);
  OSSL_PROVIDER* stranger = OSSL_PROVIDER_load(nullptr, "stranger");
  OSSL_PROVIDER* base = OSSL_PROVIDER_load(nullptr, "default");  // else the stranger is instead
  REQUIRE(stranger);
  CHECK(*library() == nullptr);
  const auto serving = server_context();
  const auto asking = client_context();
  check_handshake(serving, asking);
  OSSL_PROVIDER_unload(stranger);
  CHECK(*library() != nullptr);
  check_handshake(serving, asking);
  check_handshake(serving, client_context());
  check_handshake(server_context(), asking);
  OSSL_PROVIDER_unload(base);
}

TEST_CASE("where the host demands FIPS, none of our algorithms stand in") {
  REQUIRE(EVP_default_properties_enable_fips(nullptr, 1) == 1);
  const auto found = library();
  const auto made = ServerContext::create({.self_signed = {"example.org"}}, nullptr, 0);
  REQUIRE(EVP_default_properties_enable_fips(nullptr, 0) == 1);
  REQUIRE(found.has_value());
  CHECK(*found == nullptr);
  CHECK(!made.has_value());  // the FIPS provider is not here, and the default one is not asked
  CHECK(*library() != nullptr);
}

TEST_CASE("many threads shake hands at once, and end before or after the contexts") {
  auto serving = server_context();
  auto asking = client_context();
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([serving, asking] {
      for (int round = 0; round < 5; ++round) check_handshake(serving, asking);
    });
  }
  serving.reset();
  asking.reset();
}

}  // namespace zest::tls
