// A flight of the handshake that does not fit into the peer's socket at once.
#include <doctest/doctest.h>
#include <sys/socket.h>

#include "tls/layer_bench.h"

namespace zest::tls {
namespace {

using namespace zest::test;

RawPeer::Setup tls12() {
  return [](SSL_CTX* context) { SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION); };
}

// Whoever the client is.
RawPeer::Setup asking() {
  return [](SSL_CTX* context) {
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, [](int, X509_STORE_CTX*) { return 1; });
  };
}

void check_talk(LayerBench& bench) {
  const std::string text = pattern(20'000);
  bench.peer_says(text);
  std::string got;
  CHECK(bench.until([&] { return (got += bench.take()).size() >= text.size(); }));
  CHECK((got == text));
  bench.send(text);
  CHECK(bench.until([&] { return bench.peer.data.size() >= text.size(); }));
  CHECK((bench.peer.data == text));
  CHECK(bench.until([&] { return !bench.output->busy(); }));
}

}  // namespace

TEST_CASE("a long flight waits for a peer that takes it slowly") {
  const auto server = server_context({.certificates = {with_long_chain("far", example_files())}});
  const CertificateFiles mine = with_long_chain("near", example_files());
  const auto client = client_context({.certificate = mine});
  on_each_place([&](io::BackendKind kind, KernelMode mode) {
    for (const int nth : {0, 1, 2}) {
      LayerBench::Setup wanted{.server = server, .client = client, .tight = true};
      wanted.peer = nth == 0 ? RawPeer::Setup() : nth == 1 ? tls12() : asking();
      wanted.serves = nth < 2;
      LayerBench bench(kind, mode, wanted);
      CHECK(bench.until([&] { return bench.stream->wants_room() || bench.stream->finished(); }));
      CHECK(!bench.stream->ready());
      REQUIRE(bench.shake_hands());
      CHECK(!bench.stream->wants_room());
      check_talk(bench);
    }
  });
}

TEST_CASE("who goes while a long flight waits for him is noticed") {
  const auto server = server_context({.certificates = {with_long_chain("far", example_files())}});
  on_each_backend([&](io::BackendKind kind) {
    LayerBench bench(kind, KernelMode::off, {.server = server, .tight = true});
    CHECK(bench.until([&] { return bench.stream->wants_room(); }));
    const ::linger hard{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(bench.pair.far.get(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    bench.pair.far.reset();
    CHECK(turn_until(*bench.loop, [&] { return bench.stream->error() != 0; }));
  });
}

}  // namespace zest::tls
