// TLS between a stream and its socket, in user space and in the kernel alike: whatever is done with
// the stream, it does not matter which.
#include "tls/layer.h"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include "support/leftovers.h"
#include "support/torture.h"
#include "tls/layer_bench.h"

namespace zest::tls {
namespace {

using namespace zest::test;

RawPeer::Setup tls12() {
  return [](SSL_CTX* context) { SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION); };
}

// So much both ways.
void check_talk(LayerBench& bench, size_t size) {
  CAPTURE(size);
  const std::string text = pattern(size, static_cast<unsigned>(size));
  bench.peer.data.clear();
  bench.peer_says(text);
  std::string got;
  CHECK(bench.until([&] {
    got += bench.take();
    return got.size() >= size || bench.stream->finished();
  }));
  CHECK((got == text));
  bench.send(text);
  CHECK(bench.until([&] { return bench.peer.data.size() >= size && !bench.output->busy(); }));
  CHECK((bench.peer.data == text));
  CHECK(bench.output->error() == 0);
}

bool in_kernel(LayerBench& bench) { return bench.mode == KernelMode::require; }

}  // namespace

TEST_CASE("any size goes both ways") {
  on_each_place([](io::BackendKind kind, KernelMode mode) {
    for (const auto& setup : {RawPeer::Setup(), tls12()}) {
      LayerBench bench(kind, mode, {.peer = setup});
      REQUIRE(bench.shake_hands());
      CHECK(bench.stream->plain() == in_kernel(bench));
      for (const size_t size : {1UL, 100UL, 8192UL, 16'384UL, 16'385UL, 300'000UL})
        check_talk(bench, size);
      CHECK(bench.in_kernel.get() == in_kernel(bench));
    }
  });
}

TEST_CASE("to an origin, too, whose tickets come before the kernel has it") {
  on_each_place([](io::BackendKind kind, KernelMode mode) {
    const auto resumption = std::make_shared<Resumption>();
    LayerBench bench(kind, mode, {.serves = false, .resumption = resumption});
    REQUIRE(bench.shake_hands());
    for (const size_t size : {1UL, 100UL, 300'000UL}) check_talk(bench, size);
    CHECK(bench.until([&] { return bench.stream->plain() == in_kernel(bench); }));
    check_talk(bench, 100'000);
  });
}

// The worst flight: what is asked comes in one piece with the end of the handshake.
TEST_CASE("what comes with the end of the handshake is not lost, wherever it is cut") {
  on_each_place([](io::BackendKind kind, KernelMode mode) {
    for (const size_t cut : {0UL, 1UL, 5UL, 28UL, 40UL, 80UL, 120UL}) {
      CAPTURE(cut);
      LayerBench bench(kind, mode);
      std::string to_us = bench.peer.advance({});
      write_all(bench.pair.far, to_us);
      // Until the peer has all of the server's flight, and only its Finished is to be sent.
      std::string came(20'000, 0);
      to_us.clear();
      CHECK(turn_until(*bench.loop, [&] {
        const ssize_t got = ::recv(bench.pair.far.get(), came.data(), came.size(), MSG_DONTWAIT);
        if (got > 0) to_us += bench.peer.advance({came.data(), static_cast<size_t>(got)});
        return bench.peer.open();
      }));
      bench.peer.say("first ");
      bench.peer.say("second");
      to_us += bench.peer.advance({});
      REQUIRE(cut < to_us.size());
      write_all(bench.pair.far, to_us.substr(0, to_us.size() - cut));
      for (int i = 0; i < 3; ++i) bench.loop->turn(system_clock().now_ns() + ns_per_ms);
      if (cut > 0) write_all(bench.pair.far, to_us.substr(to_us.size() - cut));
      std::string got;
      CHECK(bench.until([&] { return (got += bench.take()).size() >= 12; }));
      CHECK(got == "first second");
      check_talk(bench, 1000);
      CHECK(bench.until([&] { return bench.stream->plain() == in_kernel(bench); }));
      check_talk(bench, 20'000);
    }
  });
}

TEST_CASE("close_notify is an end, and an end without it is a truncation") {
  on_each_place([](io::BackendKind kind, KernelMode mode) {
    for (const bool announced : {true, false}) {
      LayerBench bench(kind, mode);
      REQUIRE(bench.shake_hands());
      bench.peer_says("last");
      if (announced) SSL_shutdown(bench.peer.ssl());
      bench.pump();
      ::shutdown(bench.pair.far.get(), SHUT_WR);
      CHECK(bench.until([&] { return bench.stream->finished(); }));
      CHECK(bench.take() == "last");
      CHECK(bench.stream->ended() == announced);
      CHECK(bench.stream->error() == (announced ? 0 : ECONNRESET));
      bench.stream->say_end();
      CHECK(bench.until([&] { return bench.peer.closed() == announced; }));
    }
  });
}

TEST_CASE("the peer may change its keys, and have us change ours") {
  on_each_place([](io::BackendKind kind, KernelMode mode) {
    for (const int update : {SSL_KEY_UPDATE_NOT_REQUESTED, SSL_KEY_UPDATE_REQUESTED}) {
      LayerBench bench(kind, mode);
      REQUIRE(bench.shake_hands());
      check_talk(bench, 100);
      bench.peer_updates_keys(update);
      bench.peer_says("after");
      std::string got;
      CHECK(bench.until([&] {
        got += bench.take();
        return got == "after" || bench.stream->finished();
      }));
      if (!bench.stream->finished()) {
        check_talk(bench, 100'000);
        continue;
      }
      // A kernel that cannot: what was asked is answered, and that is all.
      CHECK(in_kernel(bench));
      CHECK(bench.stream->deaf());
      CHECK(bench.stream->error() == 0);
      bench.peer.data.clear();
      bench.send("answer");
      CHECK(bench.until([&] { return !bench.output->busy(); }));
      bench.stream->say_end();
      CHECK(bench.until([&] { return bench.peer.closed(); }));
      CHECK(bench.peer.data == "answer");
    }
  });
}

TEST_CASE("many key updates are fine with data between them, and a flood is not") {
  on_each_place([](io::BackendKind kind, KernelMode mode) {
    if (mode != KernelMode::off) return;
    LayerBench bench(kind, mode);
    REQUIRE(bench.shake_hands());
    for (int i = 0; i < 40; ++i) {
      bench.peer_updates_keys(SSL_KEY_UPDATE_NOT_REQUESTED);
      check_talk(bench, 10);
    }
    for (int i = 0; i < 40; ++i) bench.peer_updates_keys(SSL_KEY_UPDATE_NOT_REQUESTED);
    CHECK(bench.until([&] { return bench.stream->finished(); }));
    CHECK(bench.stream->error() != 0);
  });
}

TEST_CASE("a record that came in two takes no second buffer") {
  on_each_backend([](io::BackendKind kind) {
    // One is all there is; and records are longer than it.
    LayerBench bench(kind, KernelMode::off,
                     {.buffers = {.count = 1, .size = 4096, .headroom = tls::headroom}});
    REQUIRE(bench.shake_hands());
    for (const size_t size : {1UL, 4000UL, 4096UL, 16'384UL, 500'000UL}) {
      const std::string text = pattern(load(size));
      bench.peer_says(text);
      std::string got;
      CHECK(bench.until([&] {
        got += bench.take();
        return got.size() >= text.size() || bench.stream->finished();
      }));
      CHECK((got == text));
    }
    CHECK(bench.stream->error() == 0);
  });
}

TEST_CASE("a record that cannot be opened ends it, and the peer is told") {
  on_each_place([](io::BackendKind kind, KernelMode mode) {
    LayerBench bench(kind, mode);
    REQUIRE(bench.shake_hands());
    check_talk(bench, 100);
    write_all(bench.pair.far, std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, 'x'));
    CHECK(bench.until([&] { return bench.stream->error() != 0; }));
    bench.stream->say_end();
    CHECK(bench.until([&] { return bench.peer.alert == SSL_AD_BAD_RECORD_MAC; }));
  });
}

TEST_CASE("an alert does not go into the middle of a record that is being sent") {
  on_each_backend([](io::BackendKind kind) {
    LayerBench bench(kind, KernelMode::off);
    REQUIRE(bench.shake_hands());
    const std::string text = pattern(20'000'000);
    bench.peer_reads = false;
    bench.send(text);
    for (int i = 0; i < 5; ++i) bench.loop->turn(system_clock().now_ns() + ns_per_ms);
    CHECK(bench.output->busy());
    write_all(bench.pair.far, std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, 'x'));
    CHECK(turn_until(*bench.loop, [&] { return bench.stream->error() != 0; }));
    bench.output->cancel();
    CHECK(turn_until(*bench.loop, [&] { return !bench.output->busy(); }));
    bench.stream->say_end();
    bench.peer_reads = true;
    ::shutdown(bench.stream->fd(), SHUT_WR);
    size_t before = SIZE_MAX;
    for (int i = 0; i < 1000 && before != bench.peer.data.size(); ++i) {
      before = bench.peer.data.size();
      bench.pump();
      ::usleep(1000);
    }
    CHECK(bench.peer.data.size() > 10'000);
    CHECK((text.starts_with(bench.peer.data)));
    // Between two records it may stand. In the middle of one the peer could not open that.
    const bool told = bench.peer.alert == static_cast<uint8_t>(Alert::bad_record_mac);
    CHECK(bench.peer.failed() == told);
  });
}

TEST_CASE("what waited for a send to end goes out behind it") {
  on_each_backend([](io::BackendKind kind) {
    LayerBench bench(kind, KernelMode::off);
    REQUIRE(bench.shake_hands());
    const std::string text = pattern(6'000'000);
    bench.peer_reads = false;
    bench.send(text);
    for (int i = 0; i < 5; ++i) bench.loop->turn(system_clock().now_ns() + ns_per_ms);
    CHECK(bench.output->busy());
    bench.peer_updates_keys(SSL_KEY_UPDATE_REQUESTED);
    bench.peer_says("more");
    CHECK(turn_until(*bench.loop, [&] { return bench.stream->input().size() == 4; }));
    bench.peer_reads = true;
    CHECK(
        bench.until([&] { return !bench.output->busy() && bench.peer.data.size() >= 6'000'000; }));
    CHECK((bench.peer.data == text));
    CHECK(!bench.peer.failed());
    CHECK(bench.take() == "more");
    check_talk(bench, 1000);
  });
}

TEST_CASE("whom the kernel cannot have stays in user space, or goes where it must have all") {
  const RawPeer::Setup short_records = [](SSL_CTX* context) {
    SSL_CTX_set_tlsext_max_fragment_length(context, TLSEXT_max_fragment_length_512);
  };
  for (const bool required : {false, true}) {
    const KernelUse none{.wanted = true, .required = required, .suites = {}};
    const KernelUse all{.wanted = true, .required = required, .suites = KernelSuites::all()};
    for (const auto& setup : {LayerBench::Setup{.peer = {}, .use = none},
                              LayerBench::Setup{.peer = short_records, .use = all}}) {
      on_each_backend([&](io::BackendKind kind) {
        LayerBench bench(kind, KernelMode::automatic, setup);
        CHECK(bench.shake_hands() == !required);
        CHECK(!bench.stream->plain());
        CHECK(bench.refused.get() == 1);
        if (!required) check_talk(bench, 10'000);
      });
    }
  }
}

TEST_CASE("a kernel without TLS is told of where it must have it") {
  if (kernel_tls()) return;
  const auto choice = choose_kernel(KernelMode::require);
  REQUIRE(!choice.has_value());
  CHECK(std::string(choice.error().message.c_str()).starts_with("ktls = \"require\": "));
}

TEST_CASE("an idle connection whose records are in the kernel holds less than 1 KB") {
  on_each_place([](io::BackendKind kind, KernelMode mode) {
    if (mode == KernelMode::off) return;
    LayerBench bench(kind, mode);
    REQUIRE(bench.shake_hands());
    check_talk(bench, 1000);
    REQUIRE(bench.stream->plain());
    const size_t before = allocated_bytes();
    bench.stream->drop_layer();
    const size_t held = before - allocated_bytes();
    MESSAGE("bytes of an idle connection in the kernel, of ours: ", held);
    CHECK(held < 1024);
    bench.output.emplace(*bench.loop, bench.stream->fd());
  });
}

}  // namespace zest::tls
