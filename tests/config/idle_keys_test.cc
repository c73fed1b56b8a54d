// What is good and has no effect is a warning where it stands, with the reason.
#include <doctest/doctest.h>

#include "config/named_files.h"
#include "support.h"

namespace zest::config {
namespace {

std::string warned(std::string_view text) {
  const Loaded loaded = load(text);
  CHECK(format("f", loaded.problems) == "");
  return format("f", loaded.settings.warnings);
}

void run(std::initializer_list<Case> cases) { tells(cases, warned); }

constexpr const char* tcp = "mode = \"tcp\"\nupstream = \"app\"\n";

}  // namespace

TEST_CASE("keys of a listener that another key leaves without effect") {
  run({
      {"[[listener]]\nbind = \":81\"\nmax_handshakes = 3",
       "f:7:1: max_handshakes has no effect: this listener has no tls\n"},
      {"[[listener]]\nbind = \":81\"\ntls = \"self-signed\"\nmax_handshakes = 3", ""},
      {"[[listener]]\nbind = \":81\"\nmode = \"tcp\"\nmax_head_bytes = 1000\nvia = \"x\"",
       "f:8:1: max_head_bytes has no effect: mode is \"tcp\"\n"
       "f:9:1: via has no effect: mode is \"tcp\"\n"},
      {"[[listener]]\nbind = \":81\"\nmode = \"udp\"\nbacklog = 5\nlinger_timeout_ms = 5",
       "f:8:1: backlog has no effect: datagrams have no connections\n"
       "f:9:1: linger_timeout_ms has no effect: datagrams have no connections\n"},
      {"[[listener]]\nbind = \":81\"\nconnect_timeout_ms = 5",
       "f:7:1: connect_timeout_ms has no effect: it is of CONNECT, and there is no connect_to\n"},
      {"[[listener]]\nbind = \":81\"\npreface_timeout_ms = 5",
       "f:7:1: preface_timeout_ms has no effect: there is neither proxy_protocol nor sni_routes\n"},
      {"[[listener]]\nbind = \":81\"\nmode = \"tcp\"\ntrusted_proxies = [\"::1\"]",
       "f:8:1: trusted_proxies has no effect: there is no proxy_protocol, and nothing else that "
       "they "
       "could say\n"},
      {"[[listener]]\nbind = \":81\"\n[listener.tls]\nmin_version = \"1.3\"\n"
       "certificates = [{ certificate = \"a\", key = \"b\" }]\nciphers = \"X\"",
       "f:10:1: ciphers has no effect: they are of TLS 1.2, and min_version is \"1.3\"\n"},
  });
}

TEST_CASE("keys of an upstream that another key leaves without effect") {
  run({
      {"keepalive = false\nidle_timeout_ms = 1",
       "f:6:1: idle_timeout_ms has no effect: keepalive is false\n"},
      {"keepalive = true\nidle_timeout_ms = 1", ""},
      {"send_proxy = \"v2\"\npool_size = 1",
       "f:6:1: pool_size has no effect: send_proxy is on: no connection is kept\n"},
      {"pool_size = 0\nmax_requests_per_connection = 1",
       "f:6:1: max_requests_per_connection has no effect: pool_size is 0\n"},
      {"[upstream.b]\naddrs = [\"10.0.0.1:80\"]\n[[route]]\nupstream = \"app\"",
       "f:5:11: upstream \"b\" has no effect: neither a route nor a listener names it\n"},
      {"[upstream.b]\naddrs = [\"10.0.0.1:80\"]\n[[route]]\nupstream = \"app\"\n"
       "[[route]]\npath = \"/h\"\nhook = \"h\"",
       ""},
  });
}

TEST_CASE("keys of routes and of the whole") {
  run({
      {"[[route]]\nupstream = \"app\"\nhook_timeout_ms = 5\nplain = true",
       "f:7:1: hook_timeout_ms has no effect: this route has no hook\n"
       "f:8:1: plain has no effect: no route has redirect = \"https\"\n"},
      {"[[route]]\nredirect = \"https\"\nset_host = \"x\"\n[[route]]\nupstream = \"app\"\nplain = "
       "true",
       "f:7:1: set_host has no effect: redirect is \"https\"\n"},
      {"[io]\nbackend = \"epoll\"\nsqpoll = true",
       "f:7:1: sqpoll has no effect: backend is \"epoll\"\n"},
  });
  CHECK(warned("hook_queue = 5\n" + good_and("")) ==
        "f:1:1: hook_queue has no effect: no route has a hook\n");
  const std::string upstream = "[upstream.app]\naddrs = [\"10.0.0.1:80\"]\n";
  CHECK(warned("[[listener]]\nbind = \":80\"\n" + std::string(tcp) + upstream +
               "[[route]]\nupstream = \"app\"") ==
        "f:7:1: [[route]] has no effect: no listener speaks HTTP\n");
}

TEST_CASE("a plain route has no redirect") {
  CHECK(said(good_and(
            "[[route]]\nredirect = \"https\"\nplain = true\n[[route]]\nupstream = \"app\"")) ==
        "f:7:9: a route is plain or has a redirect, not both\n");
}

TEST_CASE("what is complained of is told where the file is named, each time it is") {
  const Loaded loaded =
      load("access_log = \"/log\"\n" +
           good_and("tls = { name = \"a\", ca = \"/ca\" }\n[[listener]]\nbind = \":81\"\n"
                    "[listener.tls]\nclient_ca = \"/ca\"\nclient_auth = \"optional\"\n"
                    "certificates = [{ certificate = \"/c\", key = \"/c.key\" }]"));
  CHECK(format("f", loaded.problems) == "");
  const auto told =
      placed({"/ca: bad", "/c.key: bad", "/ca: bad", "/ca: bad", "/log: full", "/ca.x: ?"},
             loaded.settings.files);
  CHECK(format("f", told) ==
        "f: /ca.x: ?\nf:1:14: /log: full\nf:6:26: /ca: bad\nf:6:26: /ca: bad\nf:10:13: /ca: bad\n"
        "f:12:45: /c.key: bad\n");
}

TEST_CASE("a key that is not a certificate's is told beside that certificate") {
  const std::vector<NamedFile> files = {{"a.pem", {1, 1}},  {"a.key", {2, 1}}, {"b.pem", {3, 1}},
                                        {"b.ocsp", {4, 1}}, {"a.key", {5, 1}}, {"c.pem", {6, 1}},
                                        {"a.key", {7, 1}}};
  const auto line = [&](const char* complaint) { return placed({complaint}, files)[0].at.line; };
  CHECK(line("a.key: is not the key of b.pem") == 5);
  CHECK(line("a.key: is not the key of c.pem") == 7);
  CHECK(line("a.key: is not the key of a.pem") == 2);
  CHECK(line("a.key: bad") == 2);
}

}  // namespace zest::config
