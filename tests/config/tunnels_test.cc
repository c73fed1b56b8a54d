// Listeners in mode tcp, routes by the name that TLS asks for, CONNECT and the PROXY protocol, as a
// file says it.
#include <doctest/doctest.h>

#include "config/address.h"
#include "support.h"

namespace zest::config {
namespace {

// Behind the two upstreams that begin in line 1.
std::string two_and(std::string_view more) {
  return "[upstream.a]\naddrs = [\"10.0.0.1:80\"]\n[upstream.b]\naddrs = [\"10.0.0.2:80\"]\n" +
         std::string(more);
}

std::string listener(const char* lines) {
  return two_and("[[listener]]\nbind = \":80\"\n" + std::string(lines));
}

TEST_CASE("a listener in mode tcp with all that it can be told") {
  const Loaded loaded = load(listener(R"(mode = "tcp"
upstream = "b"
sni_routes = true
proxy_protocol = "required"
trusted_proxies = ["10.0.0.0/8"]
preface_timeout_ms = 1
tunnel_idle_timeout_ms = 2
tunnel_end_timeout_ms = 3
tunnel_total_timeout_ms = 4
[[route]]
sni = "*.Example.ORG"
upstream = "a"
[io]
tunnel = "splice"
)"));
  REQUIRE(format("f", loaded.problems) == "");
  const proxy::Config& config = loaded.settings.proxy;
  const proxy::ListenerConfig& listener = config.listeners[0];
  CHECK(listener.mode == proxy::Mode::tcp);
  CHECK(listener.upstream == 1);
  CHECK(listener.sni_routes);
  CHECK(listener.proxy_protocol == proxy::ProxyProtocol::required);
  CHECK(listener.timeouts.preface_ms == 1);
  CHECK(listener.timeouts.tunnel_idle_ms == 2);
  CHECK(listener.timeouts.tunnel_end_ms == 3);
  CHECK(listener.timeouts.tunnel_total_ms == 4);
  REQUIRE(config.routes.size() == 1);
  CHECK(config.routes[0].sni == "*.example.org");
  CHECK(config.routes[0].upstream == 0);
  CHECK(config.tunnel_engine == proxy::TunnelEngine::splice);
}

TEST_CASE("with one upstream a listener in mode tcp needs to name none") {
  const Loaded loaded = load(
      "[[listener]]\nbind = \":80\"\nmode = \"tcp\"\n[upstream.a]\naddrs = [\"10.0.0.1:80\"]\n");
  REQUIRE(format("f", loaded.problems) == "");
  CHECK(loaded.settings.proxy.listeners[0].upstream == 0);
  CHECK(loaded.settings.proxy.routes.empty());
}

TEST_CASE("what does not go together with a mode is told") {
  CHECK(said(listener("mode = \"tcp\"")) ==
        "f:5:1: with several upstreams, say which one, as upstream\n");
  CHECK(said(listener("mode = \"tcp\"\nupstream = \"c\"")) == "f:8:12: no upstream \"c\"\n");
  CHECK(said(listener("mode = \"tcp\"\nupstream = \"a\"\nconnect_to = [\"10.0.0.1:1\"]")) ==
        "f:8:12: connect_to is for mode = \"http\"\n");
  const std::string route = "\n[[route]]\nupstream = \"a\"";
  CHECK(said(listener(("upstream = \"a\"" + route).c_str())) ==
        "f:7:12: upstream is for the modes tcp and udp: HTTP has routes\n");
  CHECK(said(listener(("sni_routes = true" + route).c_str())) ==
        "f:5:1: sni_routes is for mode = \"tcp\": HTTP has routes by host\n");
  CHECK(said(listener(("proxy_protocol = \"trusted\"" + route).c_str())) ==
        "f:5:1: proxy_protocol needs trusted_proxies: nobody else is believed\n");
  CHECK(said(listener("mode = \"udp\"\nupstream = \"a\"\nid = 1")) ==
        "f:8:12: mode = \"udp\" has no id: connections are handed over, not datagrams\n");
  CHECK(said(listener(("mode = \"sctp\"" + route).c_str()))
            .starts_with("f:7:8: mode = \"sctp\": must be "));
}

TEST_CASE("a route by name is none of HTTP's") {
  const char* tcp = "mode = \"tcp\"\nsni_routes = true\n[[route]]\nupstream = \"a\"\n";
  CHECK(said(listener((std::string(tcp) + "sni = \"*.x.\"").c_str())) ==
        "f:11:7: sni = \"*.x.\": without the dot at its end\n");
  CHECK(said(listener((std::string(tcp) + "sni = \"x\"\nhost = \"y\"").c_str())) ==
        "f:9:1: a route with sni is not HTTP's: it has an upstream, and no more\n");
  CHECK(said(listener((std::string(tcp) + "sni = \"x\"\n[[route]]\nsni = \"X\"\nupstream = \"b\"")
                          .c_str())) == "f:12:1: a second route for sni \"x\"\n");
  CHECK(said(listener("[[route]]\nupstream = \"a\"\n[[route]]\nupstream = \"a\"\nsni = \"x\"")) ==
        "f:9:1: a route with sni, and no listener has sni_routes = true\n");
}

TEST_CASE("CONNECT's destinations, and what is none") {
  const auto destination = parse_destination("10.0.0.0/8:443");
  REQUIRE(destination);
  CHECK(format_block(destination->block) == "10.0.0.0/8");
  CHECK(destination->port == 443);
  CHECK(parse_destination("192.0.2.1:*")->port == 0);
  CHECK(format_block(parse_destination("[fd00::/8]:65535")->block) == "fd00::/8");
  for (const char* bad : {"", ":", ":443", "10.0.0.1", "10.0.0.1:", "10.0.0.1:0", "10.0.0.1:65536",
                          "10.0.0.1:x", "10.0.0.1/8:1", "fd00::1:443", "[fd00::1]", "[10.0.0.1]:1",
                          "example.org:443", "[fd00::/8:1", "10.0.0.0/8:443 "}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_destination(bad));
  }
  const Loaded loaded =
      load(good_and("[[listener]]\nbind = \":81\"\nconnect_to = [\"10.0.0.0/8:443\"]\n"));
  REQUIRE(format("f", loaded.problems) == "");
  CHECK(loaded.settings.proxy.listeners[1].connects.size() == 1);
}

TEST_CASE("what origins are told by") {
  const Loaded loaded = load(good_and("send_proxy = \"v2\"\n"));
  REQUIRE(format("f", loaded.problems) == "");
  CHECK(loaded.settings.proxy.upstreams[0].send_proxy == preface::ProxyVersion::v2);
  CHECK(said(good_and("send_proxy = \"v3\"\n")) ==
        "f:5:14: send_proxy = \"v3\": must be \"off\", \"v1\" or \"v2\"; did you mean \"v1\"?\n");
}

}  // namespace
}  // namespace zest::config
