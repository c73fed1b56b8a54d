// Peers that mean harm, or something else than TLS.
#include <doctest/doctest.h>

#include <random>

#include "support/apart.h"
#include "support/leftovers.h"
#include "support/torture.h"
#include "tls/ends.h"
#include "tls/openssl.h"

namespace zest::tls {
namespace {

using namespace zest::test;

std::string hello() {
  Ends ends(server_context(), client_context());
  return ends.client.take();
}

// Whatever it is told, it neither opens nor stays to listen once it has failed.
std::unique_ptr<Engine> tell(const std::shared_ptr<const ServerContext>& server,
                             const std::string& bytes) {
  End end{.engine = *Engine::server(server), .waiting = bytes};
  end.open();
  (void)end.take();
  CHECK(!end.engine->is_open());
  CHECK(end.data.empty());
  return std::move(end.engine);
}

}  // namespace

TEST_CASE("plain HTTP on a port for TLS is told from the first byte, and nothing is sent") {
  const auto server = server_context();
  for (const std::string_view text : {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "G", "PRI * HTTP/2.0",
                                      "SSH-2.0-x", "\x16\x02", "\x80\x2e\x01"}) {
    CAPTURE(text);
    End end{.engine = *Engine::server(server), .waiting = std::string(text)};
    end.open();
    CHECK(end.engine->not_tls());
    CHECK(end.engine->state() == Engine::State::failed);
    CHECK(end.waiting.empty());
    CHECK(end.take().empty());
  }
}

TEST_CASE("a hello with any one byte wrong") {
  const auto server = server_context();
  const std::string good = hello();
  std::mt19937 random(7);
  for (size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ static_cast<char>(1U << random() % 8));
    const auto engine = tell(server, bad);
    if (engine->state() == Engine::State::failed) CHECK(*engine->why());
  }
}

TEST_CASE("a hello that ends anywhere, and then the connection does") {
  const auto server = server_context();
  const std::string good = hello();
  for (size_t size = 0; size < good.size(); ++size) {
    const auto engine = tell(server, good.substr(0, size));
    CHECK(engine->state() == Engine::State::handshake);
  }
}

TEST_CASE("records that are too long, empty, or of no kind") {
  const auto server = server_context();
  const std::string good = hello();
  CHECK(tell(server, std::string("\x16\x03\x01\xff\xff", 5))->state() == Engine::State::failed);
  CHECK(tell(server, std::string("\x16\x03\x01\x48\x01", 5))->state() == Engine::State::failed);
  std::string empty;
  for (int i = 0; i < 100; ++i) empty += std::string("\x16\x03\x01\x00\x00", 5);
  CHECK(tell(server, empty)->state() == Engine::State::failed);
  CHECK(tell(server, good + std::string("\x19\x03\x03\x00\x01x", 6))->state() ==
        Engine::State::failed);
  // Alerts, known and unknown, before there are any keys.
  for (int alert = 0; alert < 256; ++alert) {
    if (alert == SSL_AD_USER_CANCELLED) continue;  // close_notify is to follow
    std::string bytes("\x15\x03\x03\x00\x02\x02", 6);
    bytes += static_cast<char>(alert);
    CHECK(tell(server, good + bytes)->state() == Engine::State::failed);
  }
}

TEST_CASE("an open connection takes no record of another kind, and no empty ones for ever") {
  const auto opened = [] {
    Ends ends(server_context(), client_context());
    ends.settle();
    return ends;
  };
  for (int type = 0; type < 256; ++type) {
    Ends ends = opened();
    const std::string sealed = ends.client.take("hello");
    ends.server.waiting = sealed;
    ends.server.waiting[0] = static_cast<char>(type);
    ends.server.open();
    CHECK(ends.server.engine->is_open() == (type == 23));
    CHECK(ends.server.data == (type == 23 ? "hello" : ""));
  }
  Ends ends = opened();
  for (const size_t length : {0UL, 1UL, 16UL, 17UL}) {
    Ends other = opened();
    other.server.waiting =
        std::string("\x17\x03\x03\x00", 4) + static_cast<char>(length) + std::string(length, 'x');
    other.server.open();
    CHECK(other.server.engine->state() == Engine::State::failed);
    CHECK(other.server.engine->wants_to_send());
  }
}

TEST_CASE("records again, in another order, or with one missing, are refused") {
  for (const Version version : {Version::tls12, Version::tls13}) {
    ClientConfig config;
    config.preferences.version_max = version;
    for (int how = 0; how < 3; ++how) {
      Ends ends(server_context(), client_context(config));
      ends.settle();
      const std::string one = ends.client.take("one");
      const std::string two = ends.client.take("two");
      ends.server.waiting = how == 0 ? one + one : how == 1 ? two + one : one + two.substr(0, 20);
      if (how == 2) ends.server.waiting += ends.client.take("three");
      ends.server.open();
      CHECK(ends.server.engine->state() == Engine::State::failed);
      CHECK(ends.server.data == (how == 1 ? "" : "one"));
    }
  }
}

TEST_CASE("handshakes that are given up leave nothing, ten thousand in the long form") {
  const auto server = server_context();
  const auto client = client_context();
  std::mt19937 random(11);
  const auto give_up = [&](size_t count) {
    for (size_t i = 0; i < count; ++i) {
      Ends ends(server, client);
      std::string first = ends.client.take();
      first.resize(random() % (first.size() + 1));
      ends.server.waiting = first;
      ends.server.open();
      if (i % 4 == 0) {  // some get further
        ends.server.waiting = ends.client.take();
        (void)ends.server.take();
      }
    }
  };
  const size_t count = long_form() ? 10'000 : 500;
  give_up(count / 10);  // somewhere beyond 500 OpenSSL takes 35 KB, once
  const size_t memory = allocated_bytes();
  const size_t fds = open_fds();
  give_up(count);
  CHECK(allocated_bytes() <= memory + 4096);
  CHECK(open_fds() == fds);
}

}  // namespace zest::tls
