// What is no data, with OpenSSL on the other side: key updates, closing, alerts, renegotiation.
#include <doctest/doctest.h>

#include "support/sockets.h"
#include "tls/raw_peer.h"

namespace zest::tls {
namespace {

using namespace zest::test;

End serving(const ServerConfig& config = {}) {
  return {.engine = *Engine::server(server_context(config))};
}
End asking(const std::shared_ptr<Resumption>& resumption = {}) {
  return {.engine = *Engine::client(client_context(), "www.example.org", resumption)};
}
void at_most_tls12(SSL_CTX* context) { SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION); }

// They understand each other in both directions.
void check_talk(RawPeer& peer, End& end) {
  const std::string text = pattern(40'000);
  peer.data.clear();
  end.data.clear();
  peer.say(text);
  peer.settle(end);
  CHECK((end.data == text));
  (void)peer.advance(end.take(text));
  CHECK((peer.data == text));
}

}  // namespace

TEST_CASE("OpenSSL as client and as server, in both versions") {
  for (const bool serves : {false, true}) {
    for (const RawPeer::Setup& setup : {RawPeer::Setup(), RawPeer::Setup(at_most_tls12)}) {
      RawPeer peer(serves, setup);
      End end = serves ? asking() : serving();
      peer.settle(end);
      REQUIRE_MESSAGE(end.engine->is_open(), end.engine->why());
      REQUIRE(peer.open());
      check_talk(peer, end);
    }
  }
}

TEST_CASE("keys are updated by either side, again and again") {
  for (const bool serves : {false, true}) {
    RawPeer peer(serves);
    End end = serves ? asking() : serving();
    peer.settle(end);
    for (int round = 0; round < 3; ++round) {
      SSL_key_update(peer.ssl(), SSL_KEY_UPDATE_REQUESTED);
      check_talk(peer, end);
      SSL_key_update(peer.ssl(), SSL_KEY_UPDATE_NOT_REQUESTED);
      check_talk(peer, end);
      end.engine->update_keys();
      check_talk(peer, end);
    }
    CHECK(end.engine->is_open());
  }
}

TEST_CASE("a peer that does nothing but update its keys is sent away") {
  RawPeer peer(false);
  End end = serving();
  peer.settle(end);
  for (int round = 0; round < 100 && end.engine->is_open(); ++round) {
    SSL_key_update(peer.ssl(), SSL_KEY_UPDATE_NOT_REQUESTED);
    SSL_do_handshake(peer.ssl());
    peer.settle(end);
  }
  CHECK(end.engine->state() == Engine::State::failed);
  CHECK(peer.alert == SSL_AD_UNEXPECTED_MESSAGE);
}

TEST_CASE("close_notify is told, and an end without it is none") {
  for (const RawPeer::Setup& setup : {RawPeer::Setup(), RawPeer::Setup(at_most_tls12)}) {
    RawPeer peer(false, setup);
    End end = serving();
    peer.settle(end);
    CHECK(!end.engine->ended());
    SSL_shutdown(peer.ssl());
    peer.settle(end);
    CHECK(end.engine->ended());
    CHECK(end.engine->is_open());
    // What comes behind it is nothing to us, and we may still answer.
    end.waiting += "whatever";
    end.open();
    CHECK(end.waiting.empty());
    CHECK(end.data.empty());
    (void)peer.advance(end.take("the rest"));
    end.engine->close();
    (void)peer.advance(end.take());
    CHECK(peer.closed());
    CHECK(end.take("nothing more").empty());
  }
}

TEST_CASE("a client that wants to begin anew is refused") {
  RawPeer peer(false, [](SSL_CTX* context) {
    at_most_tls12(context);
    SSL_CTX_set_options(context, SSL_OP_LEGACY_SERVER_CONNECT);
  });
  End end = serving();
  peer.settle(end);
  SSL_renegotiate(peer.ssl());
  SSL_do_handshake(peer.ssl());
  peer.settle(end);
  CHECK(end.engine->state() == Engine::State::failed);
  CHECK(peer.alert == SSL_AD_NO_RENEGOTIATION);
}

TEST_CASE("a fatal alert is the end, and is named") {
  RawPeer peer(false,
               [](SSL_CTX* context) { SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr); });
  End end = serving();
  peer.settle(end);
  CHECK(!end.engine->is_open());
  CHECK(std::string(end.engine->why()) == "tlsv1 alert unknown ca");
}

TEST_CASE("what is wrong with a record is told, once, and the connection is over") {
  RawPeer peer(false);
  End end = serving();
  peer.settle(end);
  peer.say("hello");
  std::string sent = peer.advance({});
  sent.back() = static_cast<char>(sent.back() ^ 1);
  end.waiting = sent;
  end.open();
  CHECK(end.data.empty());
  CHECK(end.engine->state() == Engine::State::failed);
  CHECK(end.engine->wants_to_send());
  (void)peer.advance(end.take());
  CHECK(peer.alert == SSL_AD_BAD_RECORD_MAC);
  CHECK(!end.engine->wants_to_send());
  end.waiting = sent;
  end.open();
  CHECK(end.waiting.empty());
  CHECK(end.data.empty());
}

TEST_CASE("tickets come as records of their own and are kept, also several") {
  const auto resumption = std::make_shared<Resumption>();
  RawPeer peer(RawPeer::serves, [](SSL_CTX* context) { SSL_CTX_set_num_tickets(context, 5); });
  End end = asking(resumption);
  peer.settle(end);
  check_talk(peer, end);
  const auto context = client_context();
  CHECK(!resumption->session(*context, "www.example.org"));  // another context: another trust
}

TEST_CASE("tickets that come late are passed over") {
  RawPeer peer(RawPeer::serves);
  End end = asking(std::make_shared<Resumption>());
  peer.settle(end);
  check_talk(peer, end);
  for (int round = 0; round < 3; ++round) {
    SSL_new_session_ticket(peer.ssl());
    check_talk(peer, end);
  }
  CHECK(end.engine->is_open());
}

TEST_CASE("records are as small as the client asks for") {
  for (const RawPeer::Setup& setup : {RawPeer::Setup(), RawPeer::Setup(at_most_tls12)}) {
    RawPeer peer(false, [&](SSL_CTX* context) {
      if (setup) setup(context);
      SSL_CTX_set_tlsext_max_fragment_length(context, TLSEXT_max_fragment_length_1024);
    });
    End end = serving();
    peer.settle(end);
    check_talk(peer, end);
    CHECK(!end.engine->kernel_may_take_over());
    const std::string sealed = end.take(std::string(5000, 'x'));
    for (size_t at = 0; at < sealed.size();) {
      const RecordHeader header = read_header(std::as_bytes(std::span(sealed)).subspan(at));
      CHECK(header.length <= 1024 + 1 + 8 + tag_size);
      at += header.record_size();
    }
  }
}

}  // namespace zest::tls
