// HTTPS through the proxy, with records in user space and, where the kernel has TLS, in the kernel:
// what is asked and answered is the same.
#include <doctest/doctest.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <list>

#include "proxy/secure_client.h"
#include "support/apart.h"
#include "support/leftovers.h"
#include "support/torture.h"

namespace zest::test {
namespace {

using tls::KernelMode;

// Answers with the request's body, or with its target where there is none.
void echo(Visit& visit) {
  for (Message request = visit.request(); request.whole; request = visit.request())
    visit.send(ok(request.body.empty() ? request.first_line() : request.body));
}

size_t large() { return long_form() ? 100'000'000 : load(1'000'000); }

void check_pipelined(SecureClient& client, int count) {
  std::string requests;
  for (int i = 0; i < count; ++i) requests += get("/" + std::to_string(i));
  CHECK(client.send(requests));
  for (int i = 0; i < count; ++i)
    CHECK(client.answer().body == "GET /" + std::to_string(i) + " HTTP/1.1");
}

void check_upload(SecureClient& client, size_t size) {
  const std::string body = pattern(size, static_cast<unsigned>(size));
  CHECK(client.send(post(body)));
  const Message answer = client.answer();
  CHECK(answer.whole);
  CHECK((answer.body == body));
}

uint64_t in_kernel(const Stage& stage) { return stage.now().totals.kernel_taken; }

struct Way {
  BackendKind kind;
  KernelMode mode;
  bool version13, rsa, resumed;
};

// The long form takes minutes: it says where it is.
void say(const Way& way, int64_t began_ns) {
  if (!long_form()) return;
  printf("%s, TLS %s, %s, %s, on %s: %zu bytes both ways in %.1f s\n",
         way.mode == KernelMode::require ? "kernel" : "user space", way.version13 ? "1.3" : "1.2",
         way.rsa ? "RSA" : "ECDSA", way.resumed ? "resumed" : "not resumed",
         way.kind == BackendKind::uring ? "io_uring" : "epoll", large(),
         static_cast<double>(system_clock().now_ns() - began_ns) / ns_per_s);
  fflush(stdout);
}

}  // namespace

TEST_CASE("each version, key and way of beginning carries bodies, and small requests between") {
  on_each_place([](BackendKind kind, KernelMode mode) {
    Stage stage(kind, echo, with_tls(mode));
    uint64_t connections = 0;
    for (const bool version13 : {true, false}) {
      for (const bool rsa : {false, true}) {
        CAPTURE(version13);
        CAPTURE(rsa);
        tls::Owned<ssl_session_st> session;
        for (const bool resumed : {false, true}) {
          SecureClient client(stage, {version13, rsa, session.get(), "", ""});
          REQUIRE(client.shake_hands());
          CHECK(client.resumed() == resumed);
          check_pipelined(client, 20);
          session = client.session();
          const int64_t began_ns = system_clock().now_ns();
          check_upload(client, large());
          say({kind, mode, version13, rsa, resumed}, began_ns);
          check_pipelined(client, 20);
          for (const size_t size : {1UL, 4096UL, 16'384UL, 16'385UL, 70'000UL})
            check_upload(client, size);
          ++connections;
        }
      }
    }
    CHECK(in_kernel(stage) == (mode == KernelMode::require ? connections : 0));
    CHECK(stage.now().totals.kernel_refused == 0);
    CHECK(stage.at_rest());
  });
}

TEST_CASE("many uploads over few buffers are whole, or answered with a status") {
  on_each_place([](BackendKind kind, KernelMode mode) {
    Stage stage(kind, echo, with_tls(mode, [](proxy::Config& config) {
                  config.buf_count = 16;
                  config.buf_size = 4096;
                }));
    std::atomic<int> whole = 0;
    std::atomic<int> told = 0;
    const auto count = static_cast<int>(load(32));
    {
      std::list<std::jthread> clients;
      for (int i = 0; i < count; ++i) {
        clients.emplace_back([&, i] {
          const std::string body = pattern(load(400'000), static_cast<unsigned>(i));
          SecureClient client(stage);
          if (!client.shake_hands()) return;
          client.send(post(body));
          const Message answer = client.answer();
          whole += answer.status() == 200 && answer.body == body;
          told += answer.status() == 503;
        });
      }
    }
    CHECK(whole + told == count);
    CHECK(whole > 0);
    CHECK(stage.at_rest());
  });
}

TEST_CASE("what is asked together with the end of the handshake is answered") {
  on_each_place([](BackendKind kind, KernelMode mode) {
    Stage stage(kind, echo, with_tls(mode));
    for (int i = 0; i < 3; ++i) {
      SecureClient client(stage);
      const int cork = 1;
      ::setsockopt(client.fd().get(), IPPROTO_TCP, TCP_CORK, &cork, sizeof cork);
      REQUIRE(client.shake_hands());
      CHECK(client.send(get("/first") + get("/second")));
      const int none = 0;
      ::setsockopt(client.fd().get(), IPPROTO_TCP, TCP_CORK, &none, sizeof none);
      CHECK(client.answer().body == "GET /first HTTP/1.1");
      CHECK(client.answer().body == "GET /second HTTP/1.1");
      check_upload(client, 50'000);
    }
    CHECK(stage.at_rest());
  });
}

TEST_CASE("a client that changes its keys is served, or let go once it was answered") {
  on_each_place([](BackendKind kind, KernelMode mode) {
    for (const int update : {SSL_KEY_UPDATE_NOT_REQUESTED, SSL_KEY_UPDATE_REQUESTED}) {
      Stage stage(kind, echo, with_tls(mode));
      SecureClient client(stage);
      REQUIRE(client.shake_hands());
      check_pipelined(client, 2);
      CHECK(client.send(get("/before")));
      client.update_keys(update);
      CHECK(client.answer().body == "GET /before HTTP/1.1");
      client.send(get("/after"));
      const Message answer = client.answer();
      if (mode == KernelMode::off) CHECK(answer.whole);
      if (answer.whole) {
        CHECK(answer.body == "GET /after HTTP/1.1");
        check_upload(client, 100'000);
        continue;
      }
      CHECK(client.said_end());
      CHECK(!client.was_reset());
    }
  });
}

TEST_CASE("an upload that is cut without an announcement is never whole for its origin") {
  on_each_place([](BackendKind kind, KernelMode mode) {
    std::atomic<int> whole = 0;
    std::atomic<int> ended = 0;
    Stage stage(
        kind,
        [&](Visit& visit) {
          whole += visit.request().whole;
          ++ended;
        },
        with_tls(mode));
    for (const uint64_t nth : {1UL, 2UL}) {
      SecureClient client(stage);
      REQUIRE(client.shake_hands());
      client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
      CHECK(eventually([&] { return stage.now().totals.upstream_connects == nth; }));
      if (nth == 1) client.say_end();
      client.finish();
      CHECK(client.read_all().find(" 200 ") == std::string::npos);
    }
    CHECK(eventually([&] { return ended == 2; }));
    CHECK(whole == 0);
    CHECK(stage.at_rest());
  });
}

// All of it, and not only what TLS adds: the connection, its stream, the layer between them.
TEST_CASE("an idle connection holds 4 KB, and less than 1 KB where its records are in the kernel") {
  on_each_place([](BackendKind kind, KernelMode mode) {
    constexpr size_t count = 20;
    Stage stage(kind, echo, with_tls(mode));
    std::vector<Fd> idle;  // what is left of their clients: no memory of OpenSSL's
    for (size_t i = 0; i < 2 * count; ++i) {
      SecureClient client(stage);
      REQUIRE(client.shake_hands());
      check_pipelined(client, 1);
      idle.emplace_back(::dup(client.fd().get()));
    }
    const auto held = [&] {
      const auto settled = [&] {
        return stage.now().connections == idle.size() && stage.now().active == 0;
      };
      CHECK(eventually(settled));
      return allocated_bytes();
    };
    const size_t before = held();
    idle.resize(count);
    const size_t after = held();
    const size_t each = before > after ? (before - after) / count : 0;
    MESSAGE("bytes of an idle connection: ", each);
    CHECK(each < (mode == KernelMode::require ? 1024 : 4096));
  });
}

TEST_CASE("aborted handshakes leave nothing behind") {
  on_each_place([](BackendKind kind, KernelMode mode) {
    Stage stage(kind, echo, with_tls(mode));
    const size_t count = long_form() ? 10'000 : load(100);
    for (size_t i = 0; i < count; ++i) {
      SecureClient client(stage);
      if (i % 5 > 0) SSL_do_handshake(client.ssl());  // a ClientHello
      if (i % 5 == 2) (void)::send(client.fd().get(), "\x16\x03", 2, MSG_NOSIGNAL);
      if (i % 5 == 3) (void)::send(client.fd().get(), "GET / HTTP/1.1", 14, MSG_NOSIGNAL);
      if (i % 5 == 4) client.shake_hands();
      if (i % 2 == 0) client.reset();
    }
    CHECK(stage.at_rest());
    SecureClient client(stage);
    CHECK(client.shake_hands());
    check_pipelined(client, 3);
  });
}

}  // namespace zest::test
