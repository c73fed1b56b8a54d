// Connections that move into the kernel after the handshake. Where it has no TLS all of this is
// skipped; ./dev vm runs it.
#include "tls/kernel.h"

#include <doctest/doctest.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

#include "support/sockets.h"
#include "support/torture.h"
#include "tls/raw_peer.h"
#include "vm/only_where.h"

namespace zest::tls {
namespace {

using namespace zest::test;

[[maybe_unused]] const bool can_run =
    only_where(kernel_tls().has_value(), "the kernel has no TLS (module tls)");

// A server of ours on a socket, and OpenSSL at the other end of it.
struct Stage {
  explicit Stage(const RawPeer::Setup& setup = {}) : peer(false, setup), pair(tcp_pair()) {
    server.engine = *Engine::server(server_context());
    peer.settle(server);
    REQUIRE(server.engine->is_open());
  }
  void move() {
    auto taken = Kernel::take_over(pair.near.get(), *server.engine);
    REQUIRE_MESSAGE(taken.has_value(), taken.error().error.message.c_str());
    kernel = std::move(*taken);
    server.engine.reset();
  }
  void peer_says(std::string_view text) {
    peer.say(text);
    flush();
  }
  void flush() {
    const std::string sealed = peer.advance({});
    if (!sealed.empty()) write_all(pair.far, sealed);
  }
  // What the socket gives, or "" and its errno. It may be readable before its record is whole.
  std::string receive() {
    std::string text(100'000, 0);
    ssize_t got = -1;
    for (int i = 0; i < 1000; ++i) {
      pollfd ready{.fd = pair.near.get(), .events = POLLIN, .revents = 0};
      if (::poll(&ready, 1, 5000) <= 0) break;
      got = ::recv(pair.near.get(), text.data(), text.size(), 0);
      if (got >= 0 || errno != EAGAIN) break;
      ::usleep(1000);
    }
    error = got < 0 ? errno : 0;
    text.resize(got > 0 ? static_cast<size_t>(got) : 0);
    return text;
  }
  void peer_hears() {
    std::string text(200'000, 0);
    pollfd ready{.fd = pair.far.get(), .events = POLLIN, .revents = 0};
    if (::poll(&ready, 1, 2000) <= 0) return;
    const ssize_t got = ::recv(pair.far.get(), text.data(), text.size(), 0);
    if (got > 0) write_back(peer.advance({text.data(), static_cast<size_t>(got)}));
  }
  void write_back(const std::string& sealed) {
    if (!sealed.empty()) write_all(pair.far, sealed);
  }

  RawPeer peer;
  Pair pair;
  End server;
  std::unique_ptr<Kernel> kernel;
  int error = 0;
};

RawPeer::Setup only(const char* cipher, bool tls13) {
  return [=](SSL_CTX* context) {
    if (tls13) {
      SSL_CTX_set_ciphersuites(context, cipher);
    } else {
      SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
      SSL_CTX_set_cipher_list(context, cipher);
    }
  };
}

std::vector<RawPeer::Setup> every_suite() {
  return {
      only("TLS_AES_128_GCM_SHA256", true),         only("TLS_AES_256_GCM_SHA384", true),
      only("TLS_CHACHA20_POLY1305_SHA256", true),   only("ECDHE-ECDSA-AES128-GCM-SHA256", false),
      only("ECDHE-ECDSA-AES256-GCM-SHA384", false), only("ECDHE-ECDSA-CHACHA20-POLY1305", false)};
}

void check_talk(Stage& stage, size_t size) {
  const std::string text = pattern(size);
  stage.peer_says(text);
  std::string got;
  while (got.size() < text.size() && stage.error == 0) got += stage.receive();
  CHECK((got == text));
  stage.peer.data.clear();
  std::jthread sends([&] {
    for (size_t at = 0; at < text.size();) {
      const ssize_t n = ::send(stage.pair.near.get(), text.data() + at, text.size() - at, 0);
      if (n > 0) at += static_cast<size_t>(n);
      if (n < 0 && errno != EAGAIN) return;
    }
  });
  for (int i = 0; i < 100 && stage.peer.data.size() < text.size(); ++i) stage.peer_hears();
  CHECK((stage.peer.data == text));
}

}  // namespace

TEST_CASE("every suite goes on in the kernel, from wherever the engine was") {
  for (const RawPeer::Setup& setup : every_suite()) {
    for (const int before : {0, 1, 3}) {
      Stage stage(setup);
      for (int i = 0; i < before; ++i) {  // some records in user space first
        stage.peer.say("hello");
        stage.server.waiting += stage.peer.advance({});
        stage.server.open();
        (void)stage.peer.advance(stage.server.take("hello"));
      }
      stage.move();
      for (const size_t size : {1UL, 100UL, 16'384UL, 16'385UL, 100'000UL}) check_talk(stage, size);
    }
  }
}

TEST_CASE("what the peer had sent before the move waits in the socket") {
  Stage stage;
  stage.peer_says("early");
  stage.move();
  CHECK(stage.receive() == "early");
}

TEST_CASE("close_notify both ways") {
  for (const bool tls13 : {true, false}) {
    Stage stage(tls13 ? RawPeer::Setup() : only("ECDHE-ECDSA-AES128-GCM-SHA256", false));
    stage.move();
    stage.peer.say("last");
    SSL_shutdown(stage.peer.ssl());
    stage.flush();
    CHECK(stage.receive() == "last");
    CHECK(stage.receive().empty());
    CHECK(stage.error == EIO);
    CHECK(stage.kernel->hear(stage.pair.near.get(), false) == Kernel::Heard::ended);
    CHECK(stage.kernel->close(stage.pair.near.get()));
    stage.peer_hears();
    CHECK(stage.peer.closed());
  }
}

TEST_CASE("a fatal alert, and what is against the protocol") {
  Stage stage;
  stage.move();
  // OpenSSL sends one where it cannot open what it is given.
  stage.write_back(
      stage.peer.advance(std::string("\x17\x03\x03\x00\x15", 5) + std::string(21, 'x')));
  CHECK(stage.receive().empty());
  CHECK(stage.kernel->hear(stage.pair.near.get(), false) == Kernel::Heard::failed);
  CHECK(std::string(stage.kernel->why()) == "bad record mac");
}

TEST_CASE("a record that cannot be opened: the peer is told, by whoever finds it") {
  for (const bool by_hear : {true, false}) {
    Stage stage;
    stage.move();
    write_all(stage.pair.far, std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, 'x'));
    CHECK(stage.receive().empty());
    CHECK(stage.error == EBADMSG);
    const int fd = stage.pair.near.get();
    if (by_hear) {
      CHECK(stage.kernel->hear(fd, false) == Kernel::Heard::failed);
    } else {
      CHECK(!stage.kernel->refused_record(fd, ECONNRESET));
      CHECK(stage.kernel->refused_record(fd, stage.error));
    }
    CHECK(std::string(stage.kernel->why()) == "bad record mac");
    stage.peer_hears();
    CHECK(stage.peer.alert == SSL_AD_BAD_RECORD_MAC);
  }
}

TEST_CASE("a key update goes on, or ends the connection once the answer is sent") {
  for (const int kind : {SSL_KEY_UPDATE_NOT_REQUESTED, SSL_KEY_UPDATE_REQUESTED}) {
    Stage stage;
    stage.move();
    stage.peer_says("before");
    CHECK(stage.receive() == "before");
    SSL_key_update(stage.peer.ssl(), kind);
    SSL_do_handshake(stage.peer.ssl());
    stage.flush();
    CHECK(stage.receive().empty());
    CHECK(stage.error == EIO);
    const Kernel::Heard heard = stage.kernel->hear(stage.pair.near.get(), false);
    if (heard == Kernel::Heard::nothing) {
      check_talk(stage, 1000);
      continue;
    }
    CHECK(heard == Kernel::Heard::finish);
    CHECK(::send(stage.pair.near.get(), "answer", 6, 0) == 6);
    CHECK(stage.kernel->close(stage.pair.near.get()));
    stage.peer_hears();
    CHECK(stage.peer.data == "answer");
    CHECK(stage.peer.closed());
  }
}

TEST_CASE("what the kernel may not have stays with the engine") {
  Stage stage([](SSL_CTX* context) {
    SSL_CTX_set_tlsext_max_fragment_length(context, TLSEXT_max_fragment_length_512);
  });
  auto taken = Kernel::take_over(stage.pair.near.get(), *stage.server.engine);
  REQUIRE(!taken.has_value());
  CHECK(!taken.error().lost);
  CHECK(stage.server.engine->is_open());
}

}  // namespace zest::tls
