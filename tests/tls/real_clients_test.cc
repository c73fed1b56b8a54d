// curl and openssl s_client against our engine on a loop, on both backends.
#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "tls/echo_server.h"
#include "tls/ends.h"
#include "tls/program.h"

namespace zest::tls {
namespace {

using namespace zest::test;

struct Stage {
  explicit Stage(io::BackendKind kind, std::shared_ptr<const ServerContext> context = {})
      : loop(make_loop(kind)),
        server(*loop,
               context ? context
                       : server_context({.certificates = {example_files(), example_rsa_files()}})) {
  }

  Program curl(std::vector<std::string> more) {
    const std::string port = std::to_string(server.port());
    std::vector<std::string> words = {"curl",       "-sS",
                                      "--max-time", "15",
                                      "--cacert",   authority().ca(),
                                      "--resolve",  "www.example.org:" + port + ":127.0.0.1"};
    words.insert(words.end(), more.begin(), more.end());
    words.push_back("https://www.example.org:" + port + "/");
    return run_program(*loop, words);
  }
  Program s_client(std::vector<std::string> more, const std::vector<std::string>& inputs) {
    std::vector<std::string> words = {
        "openssl", "s_client",       "-connect",    "127.0.0.1:" + std::to_string(server.port()),
        "-CAfile", authority().ca(), "-servername", "www.example.org"};
    words.insert(words.end(), more.begin(), more.end());
    return run_program(*loop, words, inputs);
  }

  std::unique_ptr<io::Loop> loop;
  EchoServer server;
};

std::string contents(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

bool contains(const Program& program, const std::string& part) {
  return program.said.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("curl sends and gets megabytes, in each version and with each key") {
  const std::string body = authority().write("body", pattern(3'000'000));
  const std::string got = authority().folder() + "/got";
  on_each_backend([&](io::BackendKind kind) {
    Stage stage(kind);
    const std::vector<std::vector<std::string>> ways = {
        {"--tlsv1.3"},
        {"--tls-max", "1.2"},
        {"--tls-max", "1.2", "--ciphers", "ECDHE-RSA-AES256-GCM-SHA384"},
        {"--tls13-ciphers", "TLS_CHACHA20_POLY1305_SHA256"}};
    for (std::vector<std::string> way : ways) {
      way.insert(way.end(), {"--http1.1", "-H", "Expect:", "--data-binary", "@" + body, "-o", got});
      const Program curl = stage.curl(way);
      CHECK_MESSAGE(curl.exit_code == 0, curl.said);
      CHECK((contents(got) == contents(body)));
    }
    CHECK(stage.server.served == ways.size());
    CHECK(stage.server.refused == 0);
  });
}

TEST_CASE("s_client resumes its sessions") {
  const std::string session = authority().folder() + "/session";
  on_each_backend([&](io::BackendKind kind) {
    Stage stage(kind);
    for (const char* version : {"-tls1_2", "-tls1_3"}) {
      const std::string request = "GET / HTTP/1.1\r\n\r\n";
      const auto before = stage.server.resumed;
      const Program first = stage.s_client({version, "-sess_out", session}, {request, "Q\n"});
      CHECK_MESSAGE(contains(first, "Verify return code: 0 (ok)"), first.said);
      const Program second = stage.s_client({version, "-sess_in", session}, {"Q\n"});
      CHECK_MESSAGE(contains(second, "Reused, TLSv1."), second.said);
      CHECK(stage.server.resumed == before + 1);
    }
  });
}

TEST_CASE("s_client updates keys, and is refused a renegotiation") {
  on_each_backend([&](io::BackendKind kind) {
    Stage stage(kind);
    const Program updates = stage.s_client({"-tls1_3"}, {"K\n", "Q\n"});
    CHECK_MESSAGE(contains(updates, "KEYUPDATE"), updates.said);
    CHECK(stage.server.refused == 0);
    const Program anew = stage.s_client({"-tls1_2"}, {"R\n", "Q\n"});
    CHECK_MESSAGE(contains(anew, "RENEGOTIATING"), anew.said);
    CHECK(stage.server.refused == 1);
  });
}

TEST_CASE("s_client is shown the stapled response") {
  CertificateFiles files = example_files();
  files.ocsp = authority().ocsp("stapled", files, 86'400);
  on_each_backend([&](io::BackendKind kind) {
    Stage stage(kind, server_context({.certificates = {files}}));
    for (const char* version : {"-tls1_2", "-tls1_3"}) {
      const Program shown = stage.s_client({version, "-status"}, {"Q\n"});
      CHECK_MESSAGE(contains(shown, "OCSP Response Status: successful"), shown.said);
    }
  });
}

TEST_CASE("curl shows its certificate, and is refused without one") {
  const CertificateFiles mine = authority().issue("curl", {.names = {"me.test"}, .subject = "me"});
  on_each_backend([&](io::BackendKind kind) {
    Stage stage(kind, server_context({.certificates = {example_files()},
                                      .client_auth = ClientAuth::required,
                                      .client_ca = authority().ca()}));
    const Program with = stage.curl({"--cert", mine.certificate, "--key", mine.key});
    CHECK_MESSAGE(with.exit_code == 0, with.said);
    const Program without = stage.curl({});
    CHECK_MESSAGE(without.exit_code != 0, without.said);
    CHECK(stage.server.why == "peer did not return a certificate");
  });
}

TEST_CASE("plain HTTP on the port is known for what it is") {
  on_each_backend([&](io::BackendKind kind) {
    Stage stage(kind);
    const Program plain = run_program(
        *stage.loop, {"curl", "-sS", "http://127.0.0.1:" + std::to_string(stage.server.port())});
    CHECK(plain.exit_code != 0);
    CHECK(stage.server.why == "no TLS");
  });
}

TEST_CASE("certificates are swapped while clients come") {
  on_each_backend([&](io::BackendKind kind) {
    Stage stage(kind);
    for (int i = 0; i < 6; ++i) {
      CHECK(stage.curl({"--http1.1", "-d", "hello"}).said == "hello");
      stage.server.use(
          server_context({.certificates = {i % 2 ? example_files() : example_rsa_files()}}));
    }
    CHECK(stage.server.refused == 0);
  });
}

}  // namespace zest::tls
