// What origins are told of clients' certificates, and that nobody else can tell it.
#include <doctest/doctest.h>

#include "proxy/secure_client.h"

namespace zest::test {
namespace {

using tls::ClientAuth;
using tls::KernelMode;

const tls::CertificateFiles& alices() {
  static const tls::CertificateFiles files =
      authority().issue("alice", {.names = {}, .subject = "alice, the \"first\""});
  return files;
}

Change asking(KernelMode mode, ClientAuth auth) {
  return with_tls(mode, [=](proxy::Config& config) {
    config.listeners[0].tls->client_auth = auth;
    config.listeners[0].tls->client_ca = authority().ca();
  });
}

constexpr std::string_view spoofed =
    "X-Client-Cert-Subject: CN=root\r\nx-client-cert-VERIFIED: yes\r\n"
    "X-Client-Cert-Fingerprint: 00\r\nX_Client_Cert_Verified: yes\r\n"
    "x-client_cert-subject: CN=root\r\nX-Client-Certificate: stays\r\n";

struct Told {
  explicit Told(const Message& request)
      : subject(request.field("X-Client-Cert-Subject")),
        fingerprint(request.field("X-Client-Cert-Fingerprint")),
        verified(request.field("X-Client-Cert-Verified")),
        single(request.count("X-Client-Cert-Verified") <= 1 &&
               request.head.find("_") == std::string::npos &&
               request.head.find("CN=root") == std::string::npos) {}
  std::string subject, fingerprint, verified;
  bool single;  // nothing that the client made up
};

Told told(SecureClient& client, const Stage& stage) {
  const size_t before = stage.origin.requests().size();
  CHECK(client.send(get("/", spoofed)));
  CHECK(client.answer().status() == 200);
  const Message request = stage.origin.request(before);
  CHECK(request.field("X-Client-Certificate") == "stays");
  return Told(request);
}

}  // namespace

TEST_CASE("a client's certificate is told of, at the first connection and at resumed ones") {
  on_each_place([](BackendKind kind, KernelMode mode) {
    for (const bool version13 : {true, false}) {
      Stage stage(kind, answering(ok("x")), asking(mode, ClientAuth::required));
      tls::Owned<ssl_session_st> session;
      for (const bool resumed : {false, true}) {
        SecureClient client(stage, {.version13 = version13,
                                    .session = session.get(),
                                    .certificate = alices().certificate,
                                    .key = alices().key});
        REQUIRE(client.shake_hands());
        CHECK(client.resumed() == resumed);
        const Told seen = told(client, stage);
        CHECK(seen.subject == "CN=alice\\, the \\\"first\\\"");
        CHECK(seen.fingerprint.size() == 64);
        CHECK(seen.verified == "yes");
        CHECK(seen.single);
        session = client.session();
      }
    }
  });
}

TEST_CASE("who shows none is said to be nobody, and nobody can say it himself") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, answering(ok("x")), asking(KernelMode::off, ClientAuth::optional));
    SecureClient client(stage);
    REQUIRE(client.shake_hands());
    const Told seen = told(client, stage);
    CHECK(seen.verified == "no");
    CHECK(seen.subject == "-");
    CHECK(seen.fingerprint == "-");
    CHECK(seen.single);
  });
}

TEST_CASE("where clients are not asked nothing is told, with TLS or without") {
  on_each_backend([](BackendKind kind) {
    Stage secure(kind, answering(ok("x")), with_tls(KernelMode::off));
    SecureClient client(secure);
    REQUIRE(client.shake_hands());
    CHECK(told(client, secure).verified == "-");
    Stage plain(kind, answering(ok("x")));
    CHECK(ask(plain, get("/", spoofed)).status() == 200);
    const Told seen(plain.origin.request());
    CHECK(seen.verified == "-");
    CHECK(seen.subject == "-");
    CHECK(seen.single);
  });
}

TEST_CASE("a proxy in front that is trusted may have asked itself") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, answering(ok("x")), [](proxy::Config& config) {
      proxy::Block loopback{.bits = 104};
      loopback.ip[10] = loopback.ip[11] = 0xff;
      loopback.ip[12] = 127;
      config.listeners[0].forwarded.trusted = {loopback};
    });
    CHECK(ask(stage, get("/", "X-Client-Cert-Verified: yes\r\n")).status() == 200);
    CHECK(stage.origin.request().field("X-Client-Cert-Verified") == "yes");
  });
}

TEST_CASE("fields have the names they are given, or are not there") {
  on_each_backend([](BackendKind kind) {
    const Change named = [](proxy::Config& config) {
      asking(KernelMode::off, ClientAuth::optional)(config);
      config.listeners[0].certificate_fields = {
          .subject = "", .fingerprint = "X-Print", .verified = "X-Known"};
    };
    Stage stage(kind, answering(ok("x")), named);
    SecureClient client(stage, {.certificate = alices().certificate, .key = alices().key});
    REQUIRE(client.shake_hands());
    CHECK(client.send(get("/", "X-Known: no\r\nX-Print: 1\r\n")));
    CHECK(client.answer().status() == 200);
    const Message request = stage.origin.request();
    CHECK(request.field("X-Known") == "yes");
    CHECK(request.count("X-Known") == 1);
    CHECK(request.field("X-Print").size() == 64);
    CHECK(request.field("X-Client-Cert-Subject") == "-");
  });
}

}  // namespace zest::test
