// What of a message's fields crosses, and what origins are told of the client.
#include <doctest/doctest.h>

#include <cstdlib>
#include <ctime>

#include "proxy/forwarded.h"
#include "proxy/stage.h"

namespace zest::test {
namespace {

using proxy::ForwardedMode;

proxy::Block loopback() {
  proxy::Block block;
  block.ip[10] = block.ip[11] = 0xff;
  block.ip[12] = 127;
  block.bits = 104;
  return block;
}

// What the origin gets of this request.
Message seen(BackendKind kind, const std::string& request, const Change& change = {}) {
  Stage stage(kind, answering(ok("x")), change);
  CHECK(ask(stage, request).status() == 200);
  return stage.origin.request();
}

// What the client gets of this answer.
Message got(BackendKind kind, const std::string& answer) {
  Stage stage(kind, answering(answer));
  return ask(stage, get());
}

const std::string said =
    "X-Forwarded-For: 9.9.9.9\r\nX-Forwarded-Proto: https\r\n"
    "X-Forwarded-Host: evil\r\nForwarded: for=9.9.9.9\r\n"
    "Via: 1.0 before\r\n";

}  // namespace

TEST_CASE("fields cross in their order and as they were written") {
  on_each_backend([](BackendKind kind) {
    const Message request = seen(kind, get("/a?b", "X-One: 1\r\nx-two:2\r\nX-ONE:  3 \r\n"));
    CHECK(request.first_line() == "GET /a?b HTTP/1.1");
    const size_t at = request.head.find("X-One: 1\r\n");
    REQUIRE(at != std::string::npos);
    CHECK(request.head.find("x-two:", at) < request.head.find("X-ONE:", at));
    const Message answer = got(kind, ok("x", "Set-Cookie: a\r\nServer: s\r\nSet-Cookie: b\r\n"));
    CHECK(answer.count("set-cookie") == 2);
    CHECK(answer.field("server") == "s");
  });
}

TEST_CASE("an answer without a date gets one, and our own have it; an origin's stands") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, [](Visit& visit) {
      visit.request();
      visit.send(ok("x"));
      visit.request();
      visit.send(ok("x", "Date: yesterday\r\n"));
    });
    Client client(stage);
    client.send(get() + get() + "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
    const time_t before = time(nullptr);
    for (const bool ours : {true, false, true}) {
      const Message answer = client.answer();
      CHECK(answer.count("date") == 1);
      tm parts{};
      const std::string date = answer.field("date");
      const char* end = strptime(date.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
      CHECK((end && *end == 0) == ours);
      if (ours) CHECK(std::abs(timegm(&parts) - before) <= 5);
    }
  });
}

TEST_CASE("what belongs to one connection ends there, in both directions") {
  on_each_backend([](BackendKind kind) {
    const std::string hop =
        "Connection: X-Private, keep-alive\r\nX-Private: 1\r\nKeep-Alive: 5\r\n"
        "Proxy-Connection: x\r\nUpgrade: h2c\r\nTE: trailers\r\n";
    const Message request = seen(kind, get("/", hop + "Proxy-Authorization: x\r\nProxy: x\r\n"
                                                      "HTTP2-Settings: x\r\nX-Public: 2\r\n"));
    for (const char* name : {"connection", "x-private", "keep-alive", "proxy-connection", "upgrade",
                             "te", "proxy-authorization", "proxy", "http2-settings"}) {
      CAPTURE(name);
      CHECK(request.count(name) == 0);
    }
    CHECK(request.field("x-public") == "2");
    const Message answer = got(kind, ok("x", hop + "X-Public: 2\r\n"));
    for (const char* name : {"connection", "x-private", "keep-alive", "upgrade"}) {
      CAPTURE(name);
      CHECK(answer.count(name) == 0);
    }
    CHECK(answer.field("x-public") == "2");
  });
}

TEST_CASE("Connection takes no field away that says who asks, or for what") {
  on_each_backend([](BackendKind kind) {
    const Change trusting = [](proxy::Config& config) {
      config.listeners[0].forwarded.trusted = {loopback()};
    };
    const Message request =
        seen(kind,
             get("/",
                 "Connection: close, X-Forwarded-For, Host, Cookie, Authorization\r\n"
                 "Cookie: a\r\nAuthorization: b\r\nX-Forwarded-For: 1.1.1.1\r\n"),
             trusting);
    CHECK(request.field("host") == "a.test");
    CHECK(request.field("cookie") == "a");
    CHECK(request.field("authorization") == "b");
    CHECK(request.field("x-forwarded-for") == "1.1.1.1, 127.0.0.1");
  });
}

TEST_CASE("an untrusted client is not believed") {
  on_each_backend([](BackendKind kind) {
    const Message request = seen(kind, get("/", said));
    CHECK(request.field("x-forwarded-for") == "127.0.0.1");
    CHECK(request.field("x-forwarded-proto") == "http");
    CHECK(request.field("x-forwarded-host") == "a.test");
    CHECK(request.count("forwarded") == 0);
    CHECK(request.head.find("9.9.9.9") == std::string::npos);
    CHECK(request.head.find("evil") == std::string::npos);
    CHECK(request.field("via") == "1.0 before");
  });
}

// WSGI, CGI and PHP make one variable of these.
TEST_CASE("nor is it in the forms that an origin may take for a field of ours, also in trailers") {
  const std::string shadows =
      "X_Forwarded_For: 9.9.9.9\r\nx.forwarded-proto: evil\r\nX-FORWARDED_HOST: evil\r\n"
      "X_Forwarded-For: 9.9.9.9\r\n";
  const std::string others = "X_Forwarded_Fox: 1\r\nX_Forwarded_Forx: 2\r\nforward_d: 3\r\n";
  on_each_backend([&](BackendKind kind) {
    for (const ForwardedMode mode : {ForwardedMode::append, ForwardedMode::off}) {
      Stage stage(kind, answering(ok("x")), [mode](proxy::Config& config) {
        config.listeners[0].forwarded.x_forwarded = mode;
      });
      CHECK(ask(stage, "POST / HTTP/1.1\r\nHost: x\r\n" + shadows + others +
                           "Transfer-Encoding: chunked\r\n\r\n0\r\n" + shadows + "\r\n")
                .status() == 200);
      const Message request = stage.origin.request(0);
      CHECK(request.count("X-Forwarded-For") == (mode == ForwardedMode::off ? 0 : 1));
      for (const std::string& seen : {request.head, request.trailers}) {
        CHECK(!seen.contains("9.9.9.9"));
        CHECK(!seen.contains("evil"));
      }
      CHECK(request.field("X_Forwarded_Fox") == "1");
      CHECK(request.field("X_Forwarded_Forx") == "2");
      CHECK(request.field("forward_d") == "3");
    }
  });
}

TEST_CASE("a trusted proxy does not write those forms: what it passes on is a client's") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, answering(ok("x")), [](proxy::Config& config) {
      config.listeners[0].forwarded.trusted = {loopback()};
    });
    CHECK(ask(stage, get("/", "X_Forwarded_For: 9.9.9.9\r\nX-Forwarded-For: 192.0.2.7\r\n"))
              .status() == 200);
    const Message request = stage.origin.request(0);
    CHECK(!request.head.contains("9.9.9.9"));
    CHECK(request.field("x-forwarded-for") == "192.0.2.7, 127.0.0.1");
  });
}

TEST_CASE("a trusted proxy is believed, and added to") {
  on_each_backend([](BackendKind kind) {
    const Message request = seen(kind, get("/", said), [](proxy::Config& config) {
      config.listeners[0].forwarded.trusted = {loopback()};
      config.listeners[0].forwarded.forwarded = ForwardedMode::append;
      config.listeners[0].forwarded.via = "zest";
    });
    CHECK(request.field("x-forwarded-for") == "9.9.9.9, 127.0.0.1");
    CHECK(request.field("x-forwarded-proto") == "https");
    CHECK(request.field("x-forwarded-host") == "evil");
    CHECK(request.field("forwarded") == "for=9.9.9.9, for=127.0.0.1;proto=http;host=\"a.test\"");
    CHECK(request.field("via") == "1.0 before, 1.1 zest");
    for (const char* name : {"x-forwarded-for", "x-forwarded-proto", "forwarded", "via"})
      CHECK(request.count(name) == 1);
  });
}

TEST_CASE("all of IPv6 is not all of IPv4") {
  const auto ipv4 = *sys::Address::parse("192.0.2.7:1");
  const auto mapped = *sys::Address::parse("[::ffff:192.0.2.7]:1");
  const auto ipv6 = *sys::Address::parse("[2001:db8::1]:1");
  const proxy::Block every_ipv6{.bits = 0};
  const proxy::Block every_ipv4{.ip = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, .bits = 96};
  CHECK(proxy::contains(every_ipv6, ipv6));
  CHECK(!proxy::contains(every_ipv6, ipv4));
  CHECK(!proxy::contains(every_ipv6, mapped));
  CHECK(proxy::contains(every_ipv4, ipv4));
  CHECK(proxy::contains(every_ipv4, mapped));
  CHECK(!proxy::contains(every_ipv4, ipv6));
}

TEST_CASE("replace: ours alone; off: nothing, and nothing of an untrusted client") {
  on_each_backend([](BackendKind kind) {
    Message request = seen(kind, get("/", said), [](proxy::Config& config) {
      config.listeners[0].forwarded.trusted = {loopback()};
      config.listeners[0].forwarded.x_forwarded = ForwardedMode::replace;
      config.listeners[0].forwarded.forwarded = ForwardedMode::replace;
    });
    CHECK(request.field("x-forwarded-for") == "127.0.0.1");
    CHECK(request.field("x-forwarded-proto") == "http");
    CHECK(request.field("forwarded") == "for=127.0.0.1;proto=http;host=\"a.test\"");
    for (const bool trusted : {false, true}) {
      CAPTURE(trusted);
      request = seen(kind, get("/", said), [trusted](proxy::Config& config) {
        config.listeners[0].forwarded.x_forwarded = ForwardedMode::off;
        if (trusted) config.listeners[0].forwarded.trusted = {loopback()};
      });
      for (const char* name : {"x-forwarded-for", "x-forwarded-proto", "forwarded"}) {
        CAPTURE(name);
        CHECK(request.count(name) == (trusted ? 1 : 0));
      }
    }
  });
}

TEST_CASE("Host: as the client asked, of an absolute target, or as the route says") {
  on_each_backend([](BackendKind kind) {
    Message request = seen(kind, "GET http://b.test:81/x?y HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(request.first_line() == "GET /x?y HTTP/1.1");
    CHECK(request.field("host") == "b.test:81");
    CHECK(request.count("host") == 1);
    CHECK(seen(kind, "GET http://b.test HTTP/1.1\r\nHost: b.test\r\n\r\n").first_line() ==
          "GET / HTTP/1.1");
    request =
        seen(kind, get(), [](proxy::Config& config) { config.routes[0].set_host = "inside.test"; });
    CHECK(request.field("host") == "inside.test");
    CHECK(request.count("host") == 1);
    CHECK(request.field("x-forwarded-host") == "a.test");
  });
}

TEST_CASE("an answer can be split by nothing that is in its fields") {
  on_each_backend([](BackendKind kind) {
    for (const char* field :
         {"X-A: b\rSet-Cookie: c\r\n", "X-A: b\nSet-Cookie: c\r\n", "X-A: b\r\n Set-Cookie: c\r\n",
          "X-A : b\r\n", "X A: b\r\n", "Content-Length: 9\r\n", "Transfer-Encoding: chunked\r\n"}) {
      CAPTURE(field);
      const Message answer = got(kind, ok("x", field));
      CHECK(answer.status() == 502);
      CHECK(answer.count("set-cookie") == 0);
      CHECK(answer.whole);
    }
    using namespace std::string_literals;
    CHECK(got(kind, ok("x", "X-A: b\0c\r\n"s)).status() == 502);
  });
}

TEST_CASE(
    "what is told of certificates nobody tells by any listener's name for it, nor behind a body") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, answering(ok("x")), [](proxy::Config& config) {
      proxy::ListenerConfig& other = config.listeners.emplace_back(config.listeners[0]);
      other.certificate_fields.verified = "X-SSL-Verified";
      other.certificate_fields.subject = "";
    });
    CHECK(ask(stage, get("/",
                         "X-SSL-Verified: yes\r\nX_SSL.verified: yes\r\nX-SSL: stays\r\n"
                         "X-Client-Cert-Subject: CN=root\r\n"))
              .status() == 200);
    Message seen = stage.origin.request(0);
    CHECK(seen.field("X-SSL") == "stays");
    CHECK(!seen.head.contains("erified"));
    CHECK(!seen.head.contains("CN=root"));
    const std::string behind =
        "1\r\nx\r\n0\r\nX-SSL-Verified: yes\r\nX_Client_Cert_Subject: CN=root\r\nX-Sum: 1\r\n\r\n";
    CHECK(ask(stage, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + behind)
              .status() == 200);
    seen = stage.origin.request(1);
    CHECK(seen.trailers.contains("X-Sum: 1"));
    CHECK(!seen.trailers.contains("erified"));
    CHECK(!seen.trailers.contains("CN=root"));
  });
}

}  // namespace zest::test
