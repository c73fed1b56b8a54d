// TLS at listeners and towards origins, as a file says it.
#include <doctest/doctest.h>

#include "support.h"

namespace zest::config {
namespace {

using Names = std::vector<std::string>;

// Behind a good file's four lines, another upstream and a route to it.
std::string upstream(const char* lines) {
  return good_and("[[route]]\nupstream = \"b\"\n[upstream.b]\n" + std::string(lines));
}

TEST_CASE("a listener with all that TLS can be told") {
  const Loaded loaded = load(good_and(R"([[listener]]
bind = ":443"
handshake_timeout_ms = 700
max_handshakes = 30
client_cert_subject = "X-Who"
client_cert_verified = ""
[listener.tls]
certificates = [{ certificate = "a.pem", key = "a.key", ocsp = "a.der" },
                { certificate = "b.pem", key = "b.key" }]
min_version = "1.3"
ciphers = "ECDHE-RSA-AES128-GCM-SHA256"
ciphersuites = "TLS_AES_128_GCM_SHA256"
client_auth = "optional"
client_ca = "clients.pem"
session_timeout_s = 60
ktls = "require"
)"));
  REQUIRE(format("f", loaded.problems) == "");
  const proxy::ListenerConfig& listener = loaded.settings.proxy.listeners[1];
  CHECK(listener.timeouts.handshake_ms == 700);
  CHECK(listener.limits.handshakes == 30);
  REQUIRE(listener.tls);
  REQUIRE(listener.tls->certificates.size() == 2);
  CHECK(listener.tls->certificates[0].certificate == "a.pem");
  CHECK(listener.tls->certificates[0].key == "a.key");
  CHECK(listener.tls->certificates[0].ocsp == "a.der");
  CHECK(listener.tls->certificates[1].key == "b.key");
  CHECK(listener.tls->preferences.version_min == tls::Version::tls13);
  CHECK(listener.tls->preferences.ciphers == "ECDHE-RSA-AES128-GCM-SHA256");
  CHECK(listener.tls->preferences.ciphersuites == "TLS_AES_128_GCM_SHA256");
  CHECK(listener.tls->client_auth == tls::ClientAuth::optional);
  CHECK(listener.tls->client_ca == "clients.pem");
  CHECK(listener.tls->session_timeout_s == 60);
  CHECK(listener.tls->preferences.kernel == tls::KernelMode::require);
  CHECK(listener.certificate_fields.subject == "X-Who");
  CHECK(listener.certificate_fields.fingerprint == "X-Client-Cert-Fingerprint");
  CHECK(listener.certificate_fields.verified == "");
  CHECK_FALSE(loaded.settings.proxy.listeners[0].tls);
}

TEST_CASE("a field that tells of certificates has a name of its own") {
  for (const char* name : {"Host", "X-A b", "X-A\\r\\nB", "Content-Length", "X_Who"}) {
    CAPTURE(name);
    const std::string line = "[[listener]]\nbind = \":443\"\nclient_cert_subject = \"";
    CHECK_FALSE(load(good_and((line + name + "\"").c_str())).problems.empty());
  }
}

TEST_CASE("a self-signed certificate is for the names of this machine, and the address") {
  const Loaded loaded =
      load(good_and("[[listener]]\ntls = \"self-signed\"\nbind = \"192.0.2.1:443\"\n"
                    "[[listener]]\ntls = \"self-signed\"\nbind = \":444\""));
  REQUIRE(format("f", loaded.problems) == "");
  const auto& listeners = loaded.settings.proxy.listeners;
  CHECK(listeners[1].tls->self_signed == Names{"localhost", "127.0.0.1", "::1", "192.0.2.1"});
  CHECK(listeners[2].tls->self_signed == Names{"localhost", "127.0.0.1", "::1"});
}

TEST_CASE("origins with TLS") {
  const Loaded loaded = load(
      upstream("addrs = [\"https://10.0.0.1:443\"]\n[upstream.b.tls]\nname = \"origin.example\"\n"
               "ca = \"ca.pem\"\ncertificate = \"a.pem\"\nkey = \"a.key\"\nmin_version = \"1.3\""));
  REQUIRE(format("f", loaded.problems) == "");
  const upstream::GroupConfig& group = loaded.settings.proxy.upstreams[1];
  CHECK(group.addrs[0].format().view() == "10.0.0.1:443");
  REQUIRE(group.tls);
  CHECK(group.tls_name == "origin.example");
  CHECK(group.tls->verify);
  CHECK(group.tls->ca == "ca.pem");
  CHECK(group.tls->certificate.certificate == "a.pem");
  CHECK(group.tls->certificate.key == "a.key");
  CHECK(group.tls->preferences.version_min == tls::Version::tls13);
  CHECK_FALSE(loaded.settings.proxy.upstreams[0].tls);
}

TEST_CASE("without verification no name is needed, and an address is called by itself") {
  const Loaded loaded = load(upstream("addrs = [\"10.0.0.1:443\"]\ntls = { verify = false }"));
  REQUIRE(format("f", loaded.problems) == "");
  CHECK_FALSE(loaded.settings.proxy.upstreams[1].tls->verify);
  CHECK(loaded.settings.proxy.upstreams[1].tls_name == "10.0.0.1");
  CHECK(said(upstream("addrs = [\"10.0.0.1:443\"]\ntls = false")) == "");
}

TEST_CASE("a name that would mean all names below it is none") {
  const std::string text =
      said(upstream("addrs = [\"10.0.0.1:443\"]\ntls = { name = \".example\" }"));
  CHECK(text.contains("without a dot before it"));
}

TEST_CASE("what a listener's TLS lacks") {
  const auto told = [](const char* lines) {
    return said(good_and("[[listener]]\nbind = \":1\"\n" + std::string(lines)));
  };
  CHECK(told("tls = true") ==
        "f:7:7: tls is true or false, and must be \"self-signed\" or a table\n");
  CHECK(told("tls = \"selfsigned\"") ==
        "f:7:7: tls = \"selfsigned\": must be \"self-signed\" or a table; did you mean "
        "\"self-signed\"?\n");
  CHECK(told("[listener.tls]") == "f:7:1: [listener.tls] has no certificates\n");
  CHECK(told("tls = { certificates = [] }") == "f:7:24: certificates is empty\n");
  CHECK(told("tls = { certificates = [\"a.pem\"] }") ==
        "f:7:24: certificates is not a list of tables: write [{ certificate = \"a.pem\", key = "
        "\"a.key\" }]\n");
  CHECK(told("tls = { certificates = [{ certificate = \"a\", kee = \"b\" }] }") ==
        "f:7:25: [[listener.tls.certificates]] has no key\n"
        "f:7:46: unknown key \"kee\" in [[listener.tls.certificates]]; did you mean \"key\"?\n");
  constexpr const char* with =
      "[listener.tls]\ncertificates = [{certificate = \"a\", key = \"b\"}]\n";
  const auto told_of = [&](const char* line) { return told((with + std::string(line)).c_str()); };
  CHECK(told_of("client_auth = \"required\"") == "f:9:1: client_auth needs client_ca\n");
  CHECK(told_of("client_ca = \"c\"") == "f:9:1: client_ca needs client_auth, which is off\n");
  CHECK(told_of("min_version = \"1.1\"") ==
        "f:9:15: min_version = \"1.1\": must be \"1.2\" or \"1.3\"; did you mean \"1.2\"?\n");
  CHECK(told_of("ciphers = \"\"") == "f:9:11: ciphers = \"\": is empty\n");
  CHECK(told_of("verify = true") ==
        "f:9:1: unknown key \"verify\" in [listener.tls]; it belongs in [upstream.<name>.tls]\n");
}

TEST_CASE("what an upstream's TLS lacks") {
  const auto told = [](const char* lines) { return said(upstream(lines)); };
  constexpr const char* nameless =
      ": tls: an address has no name that could be verified: say tls = { name = \"origin.example\" "
      "}, "
      "or verify = false in it\n";
  CHECK(told("addrs = [\"10.0.0.1:1\"]\ntls = true") == "f:9:7" + std::string(nameless));
  CHECK(told("addrs = [\"https://10.0.0.1:1\"]") == "f:8:9" + std::string(nameless));
  CHECK(told("addrs = [\"https://10.0.0.1:1\"]\ntls = false") ==
        "f:9:7: tls is false, and addrs begin with https://\n");
  CHECK(told("addrs = [\"https://10.0.0.1:1\", \"10.0.0.2:1\"]\ntls = { name = \"a\" }") ==
        "f:8:9: addrs: https:// stands before all origins of an upstream, or none\n");
  CHECK(told("addrs = [\"https://a.example:1\"]\ntls = { name = \"a\" }") ==
        "f:8:10: addrs: \"a.example:1\": an IP address; names come later\n");
  CHECK(told("addrs = [\"10.0.0.1:1\"]\ntls = \"yes\"") ==
        "f:9:7: tls is a text, and must be true, false or a table\n");
  CHECK(told("addrs = [\"10.0.0.1:1\"]\ntls = { name = \"a:1\", certificate = \"x\" }") ==
        "f:9:16: name = \"a:1\": without a port\n"
        "f:9:23: certificate needs key\n");
  CHECK(told("addrs = [\"10.0.0.1:1\"]\ntls = { name = \"a.example.\" }") ==
        "f:9:16: name = \"a.example.\": without the dot at its end\n");
  CHECK(told("addrs = [\"10.0.0.1:1\"]\ntls = { verify = false, ca = \"x\", nam = 1 }") ==
        "f:9:25: ca needs verify, which is off\n"
        "f:9:35: unknown key \"nam\" in [upstream.b.tls]; did you mean \"name\"?\n");
}

TEST_CASE("routes to HTTPS stand beside routes to origins") {
  const Loaded loaded = load(good_and("[[route]]\nredirect = \"https\""));
  REQUIRE(format("f", loaded.problems) == "");
  REQUIRE(loaded.settings.proxy.routes.size() == 2);
  CHECK(loaded.settings.proxy.routes[0].to_https);
  CHECK_FALSE(loaded.settings.proxy.routes[1].to_https);
  CHECK(said(good_and("[[route]]\nredirect = \"https\"\n[[route]]\nupstream = \"app\"")) == "");
  CHECK(said(good_and("[[route]]\nredirect = \"https\"\nupstream = \"app\"")) ==
        "f:7:12: a route has an upstream or a redirect, not both\n");
  CHECK(said(good_and("[[route]]\nredirect = \"off\"")) == "f:5:1: [[route]] has no upstream\n");
}

}  // namespace
}  // namespace zest::config
