// TCP Fast Open to origins: a connection is made by its first bytes. Each in a network namespace of
// its own, where the kernel sends them with the SYN whether the origin is known or not.
#include <doctest/doctest.h>

#include <fstream>

#include "proxy/stage.h"
#include "support/apart.h"

namespace zest::test {
namespace {

// net.ipv4.tcp_fastopen: of clients, and without a cookie.
constexpr int always = 0x1 | 0x4;

void on_each_backend_with_fast_open(void (*body)(Verdict&, BackendKind)) {
  on_each_backend([body](BackendKind kind) {
    apart_in_namespace([&](Verdict& verdict) {
      std::ofstream("/proc/sys/net/ipv4/tcp_fastopen") << always;
      body(verdict, kind);
    });
  });
}

const std::string bodiless_post = "POST / HTTP/1.1\r\nHost: a\r\n\r\n";

sys::Address nowhere() { return listening().address; }

void pass_over(Verdict& verdict, BackendKind kind) {
  Stage stage(kind, answering(ok("x")), [](proxy::Config& config) {
    config.upstreams[0].tcp_fast_open = true;
    config.upstreams[0].keepalive = false;
    config.upstreams[0].failure_pause_ms = 0;
    config.upstreams[0].addrs.insert(config.upstreams[0].addrs.begin(), nowhere());
  });
  for (const std::string& request : {get(), post("body"), bodiless_post}) {
    for (int i = 0; i < 4; ++i)
      verdict.expect(ask(stage, request).body == "x", "the other origin answers", i);
  }
  const uint64_t failures = stage.now().totals.upstream_connect_failures;
  verdict.expect(failures >= 5, "who refuses is counted", static_cast<long long>(failures));
}

void rest(Verdict& verdict, BackendKind kind) {
  Stage stage(kind, answering(ok("x")), [](proxy::Config& config) {
    config.upstreams[0].tcp_fast_open = true;
    config.upstreams[0].addrs = {nowhere()};
  });
  verdict.expect(ask(stage, get()).status() == 502, "nobody else is there");
  verdict.expect(stage.now().totals.upstream_connect_failures == 1, "counted");
  verdict.expect(stage.at_rest(), "at rest");
}

void speak_first(Verdict& verdict, BackendKind kind) {
  Stage stage(
      kind, [](Visit& visit) { visit.send("220 welcome\r\n"); },
      [](proxy::Config& config) {
        config.upstreams[0].tcp_fast_open = true;
        config.listeners[0].mode = proxy::Mode::tcp;
        config.listeners[0].upstream = 0;
      });
  for (int i = 0; i < 3; ++i) {
    Client client(stage);
    verdict.expect(client.read(5) == "220 w", "the origin's words come first", i);
  }
}

}  // namespace

TEST_CASE("fast open: an origin that refuses is passed over" * doctest::test_suite("no-torture")) {
  on_each_backend_with_fast_open(pass_over);
}

TEST_CASE("fast open: an origin that refuses has failed" * doctest::test_suite("no-torture")) {
  on_each_backend_with_fast_open(rest);
}

TEST_CASE("fast open: not where the origin may have to speak first" *
          doctest::test_suite("no-torture")) {
  on_each_backend_with_fast_open(speak_first);
}

}  // namespace zest::test
