// Contexts: which certificate for whom, and what is said of bad ones.
#include <doctest/doctest.h>

#include "tls/ends.h"
#include "tls/pem.h"

namespace zest::tls {
namespace {

using namespace zest::test;

constexpr int64_t day_s = 86'400;

std::string subject_shown(const std::shared_ptr<const ServerContext>& server,
                          const std::string& name) {
  Ends ends(server, client_context({.verify = false}), name);
  ends.settle();
  return std::string(ends.open() ? ends.client.engine->facts().subject.text()
                                 : ends.client.engine->why());
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string in_folder(const char* name) { return authority().folder() + "/" + name; }

}  // namespace

TEST_CASE("the certificate is chosen by name: as it is, by wildcard, else the first") {
  const auto server = server_context(
      {.certificates = {authority().issue("first", {.names = {"first.test"}, .subject = "first"}),
                        authority().issue("exact", {.names = {"a.b.test"}, .subject = "exact"}),
                        authority().issue("wild", {.names = {"*.b.test"}, .subject = "wild"})}});
  CHECK(subject_shown(server, "a.b.test") == "CN=exact");
  CHECK(subject_shown(server, "A.B.TEST") == "CN=exact");
  CHECK(subject_shown(server, "c.b.test") == "CN=wild");
  CHECK(subject_shown(server, "b.test") == "CN=first");
  CHECK(subject_shown(server, "x.c.b.test") == "CN=first");
  CHECK(subject_shown(server, "nobody") == "CN=first");
  CHECK(subject_shown(server, "127.0.0.1") == "CN=first");
  CHECK(subject_shown(server, std::string(250, 'x') + ".de") == "CN=first");
  CHECK(server->names() == std::vector<std::string>{"*.b.test", "a.b.test", "first.test"});
}

TEST_CASE("what is wrong with a certificate is said, with its file") {
  const CertificateFiles good = example_files();
  const auto with = [&](CertificateFiles files) { return error_of({.certificates = {files}}); };
  CHECK(with(good).empty());
  CHECK(with({.certificate = in_folder("none.pem"), .key = good.key}) ==
        in_folder("none.pem") + ": No such file or directory");
  CHECK(with({.certificate = good.certificate, .key = in_folder("none.key")}) ==
        in_folder("none.key") + ": No such file or directory");
  CHECK(with({.certificate = good.key, .key = good.key}) ==
        good.key + ": holds no PEM certificate");
  CHECK(with({.certificate = good.certificate, .key = good.certificate}) ==
        good.certificate + ": holds no PEM private key");
  CHECK(with({.certificate = good.certificate, .key = example_rsa_files().key}) ==
        example_rsa_files().key + ": is not the key of " + good.certificate);
  const std::string broken = authority().write(
      "broken.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
  CHECK(contains(with({.certificate = broken, .key = good.key}), broken + ": bad certificate: "));
  const std::string broken_key = authority().write(
      "broken.key", "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n");
  CHECK(contains(with({.certificate = good.certificate, .key = broken_key}),
                 broken_key + ": bad private key"));
  CHECK(with({.certificate = authority().write("empty.pem", ""), .key = good.key}) ==
        in_folder("empty.pem") + ": holds no PEM certificate");
  CHECK(error_of({}) == "no certificate is given");
}

TEST_CASE("dates: expired is an error, soon is a warning") {
  const CertificateFiles old =
      authority().issue("old", {.names = {"old.test"}, .begins_s = -9 * day_s, .ends_s = -day_s});
  CHECK(contains(error_of({.certificates = {old}}), old.certificate + ": expired on 20"));
  const auto server = server_context({.certificates = {old}, .serve_expired = true});
  REQUIRE(server->warnings().size() == 1);
  CHECK(contains(server->warnings()[0], "expired on"));
  const CertificateFiles soon =
      authority().issue("soon", {.names = {"soon.test"}, .ends_s = 5 * day_s});
  CHECK(contains(server_context({.certificates = {soon}})->warnings().at(0),
                 soon.certificate + ": expires on 20"));
  const CertificateFiles early =
      authority().issue("early", {.names = {"early.test"}, .begins_s = day_s});
  CHECK(contains(server_context({.certificates = {early}})->warnings().at(0), "not valid before"));
  CHECK(server_context()->warnings().empty());
}

TEST_CASE("preferences that cannot be had are named") {
  const auto with = [](const std::function<void(Preferences&)>& change) {
    ServerConfig config{.certificates = {example_files()}};
    change(config.preferences);
    return error_of(config);
  };
  CHECK(contains(with([](Preferences& p) { p.ciphers = "ECDHE-RSA-AES128-SHA"; }),
                 "cipher ECDHE-RSA-AES128-SHA cannot be had here"));
  CHECK(contains(with([](Preferences& p) { p.ciphers = "NONSENSE"; }), "ciphers \"NONSENSE\": "));
  CHECK(contains(with([](Preferences& p) { p.ciphersuites = "TLS_AES_128_CCM_SHA256"; }),
                 "TLS_AES_128_CCM_SHA256 cannot be had"));
  CHECK(contains(with([](Preferences& p) { p.ciphersuites = "X"; }), "ciphersuites \"X\": "));
  CHECK(contains(with([](Preferences& p) { p.groups = "P-1"; }), "groups \"P-1\": "));
  CHECK(contains(with([](Preferences& p) { p.alpn = {"a-name-that-is-too-long"}; }), "ALPN"));
}

TEST_CASE("in lists of ciphers every name must be one, and stands there once") {
  const auto with = [](const std::string& ciphers, const std::string& suites) {
    ServerConfig config{.certificates = {example_files()}};
    if (!ciphers.empty()) config.preferences.ciphers = ciphers;
    if (!suites.empty()) config.preferences.ciphersuites = suites;
    return config;
  };
  const std::string good = "ECDHE-ECDSA-AES128-GCM-SHA256";
  const std::string suite = "TLS_AES_128_GCM_SHA256";
  CHECK(error_of(with(good + ":ECDHE-RSA-AES128-GCM-SHA265", "")) ==
        "ciphers \"ECDHE-RSA-AES128-GCM-SHA265\": OpenSSL knows no such cipher");
  CHECK(error_of(with("", suite + ":TLS_AES_128_GCM")) ==
        "ciphersuites \"TLS_AES_128_GCM\": OpenSSL knows no such cipher");
  CHECK(error_of(with(good + ":" + suite, "")) ==
        "ciphers \"" + suite + "\": belongs in ciphersuites");
  CHECK(error_of(with("", good)) == "ciphersuites \"" + good + "\": belongs in ciphers");
  CHECK(error_of(with("ECDHE+AESGCM:!MD5:@SECLEVEL=2", "")).empty());
  CHECK(server_context(with(good, suite))->warnings().empty());
  const std::vector<std::string> twice = {"ciphers \"" + good + "\": stands there twice",
                                          "ciphersuites \"" + suite + "\": stands there twice"};
  CHECK(server_context(with(good + ":" + good, suite + ":" + suite))->warnings() == twice);
}

TEST_CASE("a certificate that nobody will be shown is a warning") {
  const auto warnings = [](const std::vector<CertificateFiles>& files) {
    return server_context({.certificates = files})->warnings();
  };
  const CertificateFiles other = authority().issue("same", {.names = {"*.example.org"}});
  const CertificateFiles nameless = authority().issue("nameless", {.names = {"127.0.0.1"}});
  CHECK(warnings({example_files(), example_rsa_files()}).empty());
  CHECK(warnings({nameless, example_files()}).empty());
  CHECK(warnings({example_files(), other, example_files()}) ==
        std::vector<std::string>{
            other.certificate + ": is never used: others have its names, with the same kind of key",
            example_files().certificate +
                ": is never used: others have its names, with the same kind of key"});
}

TEST_CASE("an authority that is none by itself is trusted where it is named") {
  const CertificateFiles leaf = authority().issue("pinned", {.names = {"www.example.org"}});
  Ends ends(server_context({.certificates = {leaf}}), client_context({.ca = leaf.certificate}));
  ends.settle();
  CHECK(ends.open());
}

TEST_CASE("ciphers that no handshake could come to are an error, or a warning") {
  ServerConfig config{.certificates = {example_files()}};
  config.preferences.ciphers = "PSK-AES128-GCM-SHA256";
  CHECK(contains(error_of(config), "cipher PSK-AES128-GCM-SHA256 cannot be had here"));
  for (const char* useless : {"ECDHE-RSA-AES128-GCM-SHA256", "DHE-RSA-AES128-GCM-SHA256"}) {
    config.preferences.ciphers = useless;
    const auto server = server_context(config);
    REQUIRE(server->warnings().size() == 1);
    CHECK(contains(server->warnings()[0], "ciphers: none of them goes with"));
    config.preferences.version_min = Version::tls13;
    CHECK(server_context(config)->warnings().empty());
    config.preferences.version_min = Version::tls12;
  }
}

TEST_CASE("authorities that have expired, or will soon, are a warning") {
  const auto text = [](const CertificateFiles& files) {
    const auto bytes = *read_file(files.certificate);
    return std::string(bytes.begin(), bytes.end());
  };
  const CertificateFiles old =
      authority().issue("old-ca", {.names = {}, .begins_s = -9 * day_s, .ends_s = -day_s});
  const CertificateFiles soon = authority().issue("soon-ca", {.names = {}, .ends_s = 5 * day_s});
  const std::string several = authority().write("several.pem", text(old) + text(soon) + text(old));
  const auto warnings = [](const std::string& ca) {
    const auto asks = server_context(
        {.certificates = {example_files()}, .client_auth = ClientAuth::required, .client_ca = ca});
    CHECK(client_context({.ca = ca})->warnings() == asks->warnings());
    return asks->warnings();
  };
  CHECK(warnings(authority().ca()).empty());
  REQUIRE(warnings(old.certificate).size() == 1);
  CHECK(contains(warnings(old.certificate)[0], old.certificate + ": expired on 20"));
  CHECK(contains(warnings(soon.certificate).at(0), soon.certificate + ": expires on 20"));
  CHECK(warnings(several) ==
        std::vector<std::string>{several + ": 2 of 3 certificates in it have expired",
                                 several + ": 1 of 3 certificates in it expire within two weeks"});
}

TEST_CASE("versions: a client that is too old is turned away") {
  ServerConfig modern{.certificates = {example_files()}};
  modern.preferences.version_min = Version::tls13;
  ClientConfig old;
  old.preferences.version_max = Version::tls12;
  Ends ends(server_context(modern), client_context(old));
  ends.settle();
  CHECK(!ends.open());
  CHECK(std::string(ends.server.engine->why()) == "unsupported protocol");
  CHECK(std::string(ends.client.engine->why()) == "tlsv1 alert protocol version");
}

TEST_CASE("an OCSP response is stapled while it is good, and must be of its certificate") {
  CertificateFiles files = example_files();
  files.ocsp = authority().ocsp("example", files, day_s);
  CHECK(server_context({.certificates = {files}})->warnings().empty());
  CertificateFiles other = example_rsa_files();
  other.ocsp = files.ocsp;
  CHECK(error_of({.certificates = {other}}) ==
        files.ocsp + ": the OCSP response is not for " + other.certificate);
  files.ocsp = authority().ocsp("late", files, -3600);
  const auto late = server_context({.certificates = {files}});
  CHECK(late->warnings().at(0) == files.ocsp + ": has expired and is not stapled");
  files.ocsp = files.certificate;
  CHECK(contains(error_of({.certificates = {files}}), "no OCSP response in DER"));
}

TEST_CASE("an OCSP response that expires while it is served is shown no more") {
  CertificateFiles files = example_files();
  const auto shown = [&](int64_t next_s, int64_t loaded_s) {
    files.ocsp = authority().ocsp("example", files, next_s);
    const auto context = *ServerContext::create({.certificates = {files}}, nullptr, loaded_s);
    CHECK(context->warnings().empty());
    const Owned<ssl_st> ssl(SSL_new(context->fallback()));
    return context->ocsp_for(SSL_get_certificate(ssl.get())) != nullptr;
  };
  CHECK(shown(day_s, wall_clock_s()));
  CHECK(!shown(-60, wall_clock_s() - 3600));
}

TEST_CASE("a chain in which one has expired, or will soon, is a warning") {
  CertificateFiles files = example_files();
  const auto text_of = [](const std::string& path) {
    const auto bytes = *read_file(path);
    return std::string(bytes.begin(), bytes.end());
  };
  const CertificateFiles old =
      authority().issue("old-above", {.names = {}, .begins_s = -9 * day_s, .ends_s = -day_s});
  const CertificateFiles soon = authority().issue("soon-above", {.names = {}, .ends_s = 5 * day_s});
  files.certificate =
      authority().write("aging.pem", text_of(files.certificate) + text_of(old.certificate) +
                                         text_of(soon.certificate));
  const std::vector<std::string> warnings = server_context({.certificates = {files}})->warnings();
  REQUIRE(warnings.size() == 3);
  CHECK(contains(warnings[0], files.certificate + ": a certificate above the first expired on 20"));
  CHECK(contains(warnings[1], files.certificate + ": a certificate above the first expires on 20"));
}

TEST_CASE("a chain of which one did not issue the one before is a warning") {
  CertificateFiles files = example_files();
  const auto text_of = [](const std::string& path) {
    const auto bytes = *read_file(path);
    return std::string(bytes.begin(), bytes.end());
  };
  files.certificate = authority().write(
      "mixed.pem", text_of(files.certificate) + text_of(example_rsa_files().certificate));
  CHECK(contains(server_context({.certificates = {files}})->warnings().at(0),
                 "did not issue the one before"));
}

TEST_CASE("a reload that fails leaves what was, and one that succeeds leaves who has begun") {
  const CertificateFiles files =
      authority().issue("turn", {.names = {"turn.test"}, .subject = "one"});
  auto now = server_context({.certificates = {files}});
  Ends begun(now, client_context(), "turn.test");
  (void)authority().write("turn.key", "nothing");
  CHECK(!error_of({.certificates = {files}}).empty());
  CHECK(subject_shown(now, "turn.test") == "CN=one");
  authority().issue("turn", {.names = {"turn.test"}, .subject = "two"});
  now = server_context({.certificates = {files}});
  CHECK(subject_shown(now, "turn.test") == "CN=two");
  begun.settle();
  CHECK(begun.client.engine->facts().subject.text() == "CN=one");
}

TEST_CASE("a client's context says what is wrong with its files, too") {
  const auto error = [](const ClientConfig& config) {
    const auto made = ClientContext::create(config, wall_clock_s());
    return made ? "" : std::string(made.error().message.view());
  };
  CHECK(error({.ca = "/none.pem"}) == "/none.pem: No such file or directory");
  CHECK(error({.certificate = {.certificate = example_files().certificate, .key = "/none.key"}}) ==
        "/none.key: No such file or directory");
  CHECK(error({}).empty());
}

}  // namespace zest::tls
