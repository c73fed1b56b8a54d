// Our server's engine and our client's with each other: every version, key and suite.
#include <doctest/doctest.h>

#include "support/sockets.h"
#include "support/torture.h"
#include "tls/ends.h"

namespace zest::tls {
namespace {

using namespace zest::test;

struct Kind {
  Version version;
  const char* cipher;
  bool rsa;
};

constexpr Kind kinds[] = {
    {Version::tls13, "TLS_AES_128_GCM_SHA256", false},
    {Version::tls13, "TLS_AES_256_GCM_SHA384", false},
    {Version::tls13, "TLS_CHACHA20_POLY1305_SHA256", false},
    {Version::tls13, "TLS_AES_128_GCM_SHA256", true},
    {Version::tls12, "ECDHE-ECDSA-AES128-GCM-SHA256", false},
    {Version::tls12, "ECDHE-ECDSA-AES256-GCM-SHA384", false},
    {Version::tls12, "ECDHE-ECDSA-CHACHA20-POLY1305", false},
    {Version::tls12, "ECDHE-RSA-AES128-GCM-SHA256", true},
    {Version::tls12, "ECDHE-RSA-CHACHA20-POLY1305", true},
};

ClientConfig wanting(const Kind& kind) {
  ClientConfig config;
  config.preferences.version_min = config.preferences.version_max = kind.version;
  (kind.version == Version::tls13 ? config.preferences.ciphersuites : config.preferences.ciphers) =
      kind.cipher;
  return config;
}

}  // namespace

TEST_CASE("every version, suite and kind of key carries data both ways, resumed and not") {
  const auto serving = server_context({.certificates = {example_files(), example_rsa_files()}});
  const auto rsa_alone = server_context({.certificates = {example_rsa_files()}});
  const std::string text = pattern(load(100'000));
  for (const Kind& kind : kinds) {
    CAPTURE(kind.cipher);
    const auto asking = client_context(wanting(kind));
    const auto resumption = std::make_shared<Resumption>();
    for (const bool resumed : {false, true}) {
      CAPTURE(resumed);
      Ends ends(kind.rsa ? rsa_alone : serving, asking, "www.example.org", resumption);
      ends.settle();
      REQUIRE_MESSAGE(ends.open(), ends.client.engine->why(), " / ", ends.server.engine->why());
      CHECK(ends.client.engine->facts().resumed == resumed);
      CHECK(ends.server.engine->facts().resumed == resumed);
      CHECK(std::string(ends.server.engine->facts().cipher) == kind.cipher);
      CHECK(ends.server.engine->facts().version == kind.version);
      CHECK(ends.server.engine->facts().server_name.text() == "www.example.org");
      ends.say(ends.client, text);
      CHECK((ends.server.data == text));
      ends.say(ends.server, text);
      CHECK((ends.client.data == text));
    }
  }
}

TEST_CASE("RSA and ECDSA for one name: each client is shown what it can check") {
  const auto serving = server_context({.certificates = {example_files(), example_rsa_files()}});
  for (const Kind& kind : {kinds[4], kinds[7]}) {
    Ends ends(serving, client_context(wanting(kind)));
    ends.settle();
    CHECK(ends.open());
    CHECK(std::string(ends.client.engine->facts().cipher) == kind.cipher);
  }
}

TEST_CASE("data in the same flight as Finished is not lost") {
  for (const Version version : {Version::tls12, Version::tls13}) {
    ClientConfig config;
    config.preferences.version_max = version;
    Ends ends(server_context(), client_context(config));
    for (int round = 0; round < 5 && !ends.client.engine->is_open(); ++round) {
      ends.server.waiting += ends.client.take();
      ends.server.open();
      ends.client.waiting += ends.server.take();
      ends.client.open();
    }
    REQUIRE(ends.client.engine->is_open());
    // Of TLS 1.3: Finished is still to be sent, and goes out with the request.
    ends.server.waiting += ends.client.take("GET / HTTP/1.1\r\n\r\n");
    ends.server.open();
    CHECK(ends.server.engine->is_open());
    CHECK(ends.server.data == "GET / HTTP/1.1\r\n\r\n");
  }
}

TEST_CASE("the protocol that both can speak is chosen by the server, and nothing is a failure") {
  ServerConfig both;
  both.certificates = {example_files()};
  both.preferences.alpn = {"h2", "http/1.1"};
  const auto serving = server_context(both);
  const auto negotiate = [&](std::vector<std::string> offered) {
    ClientConfig config;
    config.preferences.alpn = std::move(offered);
    Ends ends(serving, client_context(config));
    ends.settle();
    return ends.open() ? std::string(ends.server.engine->facts().alpn.view())
                       : std::string(ends.client.engine->why());
  };
  CHECK(negotiate({"http/1.1", "h2"}) == "h2");
  CHECK(negotiate({"http/1.1"}) == "http/1.1");
  CHECK(negotiate({}).empty());
  CHECK(negotiate({"spdy/3"}) == "tlsv1 alert no application protocol");
}

TEST_CASE("a server of another name, or of nobody we know, is refused") {
  const auto refused = [](const std::shared_ptr<const ServerContext>& server,
                          const std::shared_ptr<const ClientContext>& client,
                          const std::string& name) {
    Ends ends(server, client, name);
    ends.settle();
    CHECK(!ends.client.engine->is_open());
    CHECK(!ends.server.engine->is_open());
    return std::string(ends.client.engine->why());
  };
  CHECK(refused(server_context(), client_context(), "example.net") == "hostname mismatch");
  CHECK(refused(server_context(), client_context(), "127.0.0.1") == "IP address mismatch");
  CHECK(refused(server_context({.self_signed = {"www.example.org"}}), client_context(),
                "www.example.org") == "self-signed certificate");
  Ends ends(server_context({.self_signed = {"localhost", "127.0.0.1"}}),
            client_context({.verify = false}), "localhost");
  ends.settle();
  CHECK(ends.open());
}

}  // namespace zest::tls
