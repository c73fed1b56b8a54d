// What the kernel's TLS does, before anything of ours stands on it.
#include "vm/ktls.h"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <cerrno>
#include <thread>

#include "support/backends.h"
#include "support/taker.h"
#include "vm/only_where.h"

namespace zest::test {
namespace {

[[maybe_unused]] const bool can_run =
    only_where(kernel_has_tls(), "the kernel has no TLS (module tls)");

constexpr int alert = 21;

// "zest" and "records" as TLS 1.3 with AES-128-GCM has them under these keys, said by OpenSSL.
const std::string first = unhex("1703030015d0e34bcf69d722aa95f5a2a2bcd44907cfc58d68cb");
const std::string second = unhex("17030300184d9f05f5d88efff8f00b52e3642eb9681dea9c0113506c59");

TEST_CASE("what is sent leaves as records, byte for byte") {
  const Pair pair = tcp_pair();
  REQUIRE(attach_tls(pair.near));
  REQUIRE(set_aes_128(pair.near, TLS_TX));
  write_all(pair.near, "zest");
  write_all(pair.near, "records");
  CHECK(read_exactly(pair.far, first.size() + second.size()) == first + second);
}

TEST_CASE("records that arrive are received as what is in them") {
  const Pair pair = tcp_pair();
  REQUIRE(attach_tls(pair.far));
  REQUIRE(set_aes_128(pair.far, TLS_RX));
  write_all(pair.near, first + second);
  CHECK(read_exactly(pair.far, 11) == "zestrecords");
}

TEST_CASE("a record that was changed on its way is an error") {
  const Pair pair = tcp_pair();
  REQUIRE(attach_tls(pair.far));
  REQUIRE(set_aes_128(pair.far, TLS_RX));
  std::string changed = first;
  changed[7] = static_cast<char>(changed[7] ^ 1);
  write_all(pair.near, changed);
  char byte;
  CHECK(::recv(pair.far.get(), &byte, 1, 0) == -1);
  CHECK(errno == EBADMSG);
}

TEST_CASE("any size goes both ways") {
  for (const size_t size : {1ul, 2ul, 16'383ul, 16'384ul, 16'385ul, 1'000'000ul}) {
    CAPTURE(size);
    const Pair pair = tls_pair();
    const std::string text = pattern(size);
    std::jthread echo([&] { write_all(pair.far, read_exactly(pair.far, size)); });
    std::jthread sending([&] {
      for (size_t sent = 0; sent < size;) {
        const ssize_t n = ::send(pair.near.get(), &text[sent], size - sent, MSG_NOSIGNAL);
        if (n > 0) sent += static_cast<size_t>(n);
        if (n < 0 && errno != EAGAIN) return;
      }
    });
    const auto loop = make_loop(io::BackendKind::epoll, {.count = 16, .size = 16'384});
    Taker taker(*loop);
    loop->recv_pooled(taker.op, pair.near.get());
    CHECK(turn_until(*loop, [&] { return taker.bytes.size() >= size; }));
    CHECK((taker.bytes == text));
  }
}

TEST_CASE("a loop receives and sends as on any other socket") {
  on_each_backend([](io::BackendKind kind) {
    const Pair pair = tls_pair();
    const auto loop = make_loop(kind, {.count = 4, .size = 4096});
    Taker receiving(*loop);
    Taker sending(*loop);
    loop->recv_pooled(receiving.op, pair.near.get());
    write_all(pair.far, "question");
    CHECK(turn_until(*loop, [&] { return receiving.bytes == "question"; }));
    const std::string_view answer = "answer";
    loop->send(sending.op, pair.near.get(), std::as_bytes(std::span(answer)));
    CHECK(turn_until(*loop, [&] { return sending.ended(); }));
    CHECK(read_exactly(pair.far, answer.size()) == answer);
  });
}

TEST_CASE("a record that is not data is only for who asks for its type") {
  const Pair pair = tls_pair();
  const std::string close_notify = {1, 0};
  REQUIRE(send_record(pair.near, {.type = alert, .bytes = close_notify}));
  char byte;
  CHECK(::recv(pair.far.get(), &byte, 1, 0) == -1);
  CHECK(errno == EIO);
  const Record record = receive_record(pair.far);
  CHECK(record.type == alert);
  CHECK(record.bytes == close_notify);
}

TEST_CASE("each cipher that zest moves into the kernel is taken") {
  for (const auto version : {uint16_t{TLS_1_2_VERSION}, uint16_t{TLS_1_3_VERSION}})
    for (auto* set : {set_aes_128, set_aes_256, set_chacha20})
      for (const int direction : {TLS_TX, TLS_RX}) {
        CAPTURE(version);
        const Pair pair = tcp_pair();
        REQUIRE(attach_tls(pair.near));
        CHECK(set(pair.near, direction, version));
      }
}

}  // namespace
}  // namespace zest::test
