// Session tickets: whose keys, for how long, and that none is a way around a check.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/shifted_clock.h"
#include "tls/raw_peer.h"

namespace zest::tls {
namespace {

using namespace zest::test;

constexpr int64_t hour_ns = 3600 * ns_per_s;

using Servers = std::shared_ptr<const ServerContext>;

ClientConfig of_version(Version version) {
  ClientConfig config;
  config.preferences.version_max = version;
  return config;
}

// True if the handshake was a resumption.
bool resumes(const Servers& server, const std::shared_ptr<const ClientContext>& client,
             const std::shared_ptr<Resumption>& resumption,
             const std::string& name = "www.example.org") {
  Ends ends(server, client, name, resumption);
  ends.settle();
  REQUIRE_MESSAGE(ends.open(), ends.client.engine->why(), " / ", ends.server.engine->why());
  CHECK(ends.server.engine->facts().resumed == ends.client.engine->facts().resumed);
  return ends.server.engine->facts().resumed;
}

// What a client shows who has a session of another place.
bool resumes_elsewhere(const Servers& there, const std::string& there_name, const Servers& here,
                       const std::string& here_name, Version version) {
  SSL_SESSION* session = nullptr;
  const RawPeer::Setup setup = [&](SSL_CTX* context) {
    SSL_CTX_set_max_proto_version(context,
                                  version == Version::tls12 ? TLS1_2_VERSION : TLS1_3_VERSION);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT);
  };
  RawPeer first(false, setup);
  SSL_set_tlsext_host_name(first.ssl(), there_name.c_str());
  End end{.engine = *Engine::server(there)};
  first.settle(end);
  CHECK(first.open());
  session = SSL_get1_session(first.ssl());
  CHECK(SSL_SESSION_is_resumable(session));
  RawPeer second(false, setup);
  SSL_set_tlsext_host_name(second.ssl(), here_name.c_str());
  SSL_set_session(second.ssl(), session);
  End other{.engine = *Engine::server(here)};
  second.settle(other);
  SSL_SESSION_free(session);
  return other.engine->is_open() && SSL_session_reused(second.ssl()) == 1;
}

}  // namespace

TEST_CASE("a ticket opens for three generations of keys, and is renewed meanwhile") {
  ShiftedClock clock;
  const auto keys = *TicketKeys::make(clock, hour_ns);
  const auto server = server_context({}, keys);
  const auto client = client_context();
  const auto fresh = [&] {
    auto resumption = std::make_shared<Resumption>();
    CHECK(!resumes(server, client, resumption));
    return resumption;
  };
  auto held = fresh();
  for (int hours = 1; hours <= 6; ++hours) {
    clock.pass(hour_ns);
    CHECK(resumes(server, client, held));  // and it gets a new one
  }
  held = fresh();
  clock.pass(2 * hour_ns);
  CHECK(resumes(server, client, held));
  clock.pass(3 * hour_ns);  // at once: the keys between were never made
  CHECK(!resumes(server, client, held));
  held = fresh();
  for (int hours = 0; hours < 3; ++hours) {
    clock.pass(hour_ns);
    (void)fresh();
  }
  CHECK(!resumes(server, client, held));
}

TEST_CASE("a fleet shares keys through a file") {
  const std::string path = authority().write("tickets", std::string(80, 'a'));
  const auto from = [&] {
    auto keys = TicketKeys::from_file(path, system_clock());
    REQUIRE(keys.has_value());
    return *keys;
  };
  const auto client = client_context();
  const auto resumption = std::make_shared<Resumption>();
  CHECK(!resumes(server_context({}, from()), client, resumption));
  CHECK(resumes(server_context({}, from()), client, resumption));
  CHECK(!resumes(server_context(), client, resumption));
  (void)authority().write("tickets", std::string(80, 'a'));
  CHECK(!resumes(server_context({}, from()), client, resumption));  // of random keys
  (void)authority().write("tickets", std::string(80, 'b') + std::string(80, 'a'));
  CHECK(resumes(server_context({}, from()), client, resumption));  // by the older key
  (void)authority().write("tickets", std::string(80, 'b'));
  CHECK(resumes(server_context({}, from()), client, resumption));  // it was renewed
}

TEST_CASE("a bad file of ticket keys is named") {
  const auto error = [](const std::string& path) {
    const auto keys = TicketKeys::from_file(path, system_clock());
    return keys ? "" : std::string(keys.error().message.view());
  };
  const std::string path = authority().write("bad-tickets", std::string(79, 'a'));
  CHECK(error(path).starts_with(path + ": 79 bytes"));
  CHECK(error(authority().write("bad-tickets", "")).starts_with(path + ": 0 bytes"));
  CHECK(!error(authority().write("bad-tickets", std::string(320, 'a'))).empty());
  ::chmod(path.c_str(), 0644);
  CHECK(error(path).find("other users may use it") != std::string::npos);
  CHECK(error("/none") == "/none: No such file or directory");
}

TEST_CASE("a ticket of one site is none at another, whatever the client says") {
  const std::vector<CertificateFiles> files = {
      example_files(), authority().issue("other", {.names = {"other.test"}})};
  const auto keys = *TicketKeys::make(system_clock(), hour_ns);
  const auto server = server_context({.certificates = files}, keys);
  for (const Version version : {Version::tls12, Version::tls13}) {
    const auto elsewhere = [&](const char* there, const char* here) {
      return resumes_elsewhere(server, there, server, here, version);
    };
    CHECK(elsewhere("www.example.org", "www.example.org"));
    CHECK(elsewhere("www.example.org", "api.example.org"));
    CHECK(!elsewhere("www.example.org", "other.test"));
    CHECK(!elsewhere("other.test", "www.example.org"));
  }
}

TEST_CASE("a ticket from where nobody is asked is none where clients must show a certificate") {
  const auto keys = *TicketKeys::make(system_clock(), hour_ns);
  const auto open = server_context({}, keys);
  const auto closed = server_context({.certificates = {example_files()},
                                      .client_auth = ClientAuth::required,
                                      .client_ca = authority().ca()},
                                     keys);
  for (const Version version : {Version::tls12, Version::tls13})
    CHECK(!resumes_elsewhere(open, "www.example.org", closed, "www.example.org", version));
}

TEST_CASE("clients' certificates: shown, checked, and known again when a session is resumed") {
  const CertificateFiles mine = authority().issue("mine", {.names = {"me.test"}, .subject = "me"});
  const auto server = server_context({.certificates = {example_files()},
                                      .client_auth = ClientAuth::required,
                                      .client_ca = authority().ca()});
  for (const Version version : {Version::tls12, Version::tls13}) {
    ClientConfig config = of_version(version);
    config.certificate = mine;
    const auto client = client_context(config);
    const auto resumption = std::make_shared<Resumption>();
    std::string fingerprint;
    for (const bool resumed : {false, true}) {
      Ends ends(server, client, "www.example.org", resumption);
      ends.settle();
      REQUIRE(ends.open());
      const Facts& facts = ends.server.engine->facts();
      CHECK(facts.resumed == resumed);
      CHECK(facts.subject.text() == "CN=me");
      CHECK(facts.fingerprint.view().size() == 64);
      if (resumed) CHECK(facts.fingerprint.view() == fingerprint);
      fingerprint = facts.fingerprint.view();
    }
    Ends without(server, client_context(of_version(version)));
    without.settle();
    CHECK(!without.server.engine->is_open());
    CHECK(std::string(without.server.engine->why()) == "peer did not return a certificate");
  }
}

TEST_CASE("optional: without is good, with a stranger's is not") {
  const auto server = server_context({.certificates = {example_files()},
                                      .client_auth = ClientAuth::optional,
                                      .client_ca = authority().ca()});
  Ends without(server, client_context());
  without.settle();
  CHECK(without.open());
  CHECK(without.server.engine->facts().subject.empty());
  Authority stranger;
  ClientConfig config;
  config.certificate = stranger.issue("them", {.names = {"them.test"}});
  Ends with(server, client_context(config));
  with.settle();
  CHECK(!with.server.engine->is_open());
  CHECK(std::string(with.server.engine->why()).find("certificate") != std::string::npos);
}

TEST_CASE("a client's certificate that has expired since is not resumed") {
  const auto server = server_context({.certificates = {example_files()},
                                      .client_auth = ClientAuth::required,
                                      .client_ca = authority().ca()});
  ClientConfig config;
  config.certificate = authority().issue("brief", {.names = {"me.test"}, .ends_s = 2});
  const auto client = client_context(config);
  const auto resumption = std::make_shared<Resumption>();
  CHECK(!resumes(server, client, resumption));
  ::sleep(3);
  Ends ends(server, client, "www.example.org", resumption);
  ends.settle();
  CHECK(!ends.server.engine->is_open());
}

TEST_CASE("nobody is resumed when what vouched for him has expired, either") {
  for (const Version version : {Version::tls12, Version::tls13}) {
    for (const bool of_client : {true, false}) {
      CAPTURE(of_client);
      Authority brief(3);
      ServerConfig serving{.certificates = {example_files()}};
      ClientConfig asking = of_version(version);
      if (of_client) {
        serving.client_auth = ClientAuth::optional;
        serving.client_ca = brief.ca();
        asking.certificate = brief.issue("me", {.names = {"me.test"}});
      } else {
        serving.certificates = {brief.issue("it", {.names = {"www.example.org"}})};
        asking.ca = brief.ca();
      }
      const auto server = server_context(serving);
      const auto client = client_context(asking);
      const auto resumption = std::make_shared<Resumption>();
      CHECK(!resumes(server, client, resumption));
      CHECK(resumes(server, client, resumption));
      CHECK(resumes(server, client, resumption));
      ::sleep(4);
      Ends ends(server, client, "www.example.org", resumption);
      ends.settle();
      const Engine& wary = of_client ? *ends.server.engine : *ends.client.engine;
      CHECK(!wary.is_open());
      CHECK(std::string(wary.why()) == "certificate has expired");
    }
  }
}

TEST_CASE("a cipher that is allowed no more is not resumed") {
  const auto keys = *TicketKeys::make(system_clock(), hour_ns);
  ServerConfig config{.certificates = {example_files()}};
  config.preferences.ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305";
  const auto before = server_context(config, keys);
  config.preferences.ciphers = "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-GCM-SHA256";
  const auto other_order = server_context(config, keys);
  config.preferences.ciphers = "ECDHE-ECDSA-CHACHA20-POLY1305";
  const auto after = server_context(config, keys);
  const auto client = client_context(of_version(Version::tls12));
  const auto resumption = std::make_shared<Resumption>();
  CHECK(!resumes(before, client, resumption));
  CHECK(resumes(other_order, client, resumption));
  CHECK(!resumes(after, client, resumption));
  CHECK(resumes(after, client, resumption));
}

}  // namespace zest::tls
