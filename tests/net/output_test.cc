// How a sealing layer and the buffers it seals into meet.
#include "net/output.h"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "support/backends.h"
#include "support/sockets.h"

namespace zest::net {
namespace {

using namespace zest::test;

constexpr size_t overhead = 110;  // of the records that 61,440 bytes make

// Takes all that there is room for, and puts `overhead` bytes before it.
class Padding final : public Layer {
 public:
  int open(io::Buffer, io::BufferQueue&) override { return 0; }
  bool ready() const override { return true; }
  bool ended() const override { return false; }
  bool refused_plain() const override { return false; }
  size_t seal(std::span<iovec>& plain, std::span<std::byte> into) override {
    const size_t size = std::min(plain[0].iov_len, into.size() - overhead);
    memset(into.data(), '-', overhead);
    memcpy(into.data() + overhead, plain[0].iov_base, size);
    plain[0].iov_base = static_cast<std::byte*>(plain[0].iov_base) + size;
    plain[0].iov_len -= size;
    sealed.push_back(overhead + size);
    return sealed.back();
  }
  void say_end() override {}

  // What was sealed to that.
  std::string plain_of(std::string_view heard) const {
    std::string plain;
    for (const size_t size : sealed) {
      plain += heard.substr(overhead, size - overhead);
      heard.remove_prefix(size);
    }
    return plain;
  }

  std::vector<size_t> sealed;
};

struct Case {
  uint32_t headroom;
  std::vector<size_t> sealed;
};

}  // namespace

TEST_CASE("a full buffer goes out sealed as one send, where the pool has headroom") {
  constexpr uint32_t size = 4096;
  const Case cases[] = {
      {1024, {size + overhead}}, {overhead, {size + overhead}}, {0, {size, 2 * overhead}}};
  on_each_backend([&](io::BackendKind kind) {
    for (const Case& each : cases) {
      CAPTURE(each.headroom);
      const auto loop = make_loop(kind, {.count = 16, .size = size, .headroom = each.headroom});
      const Pair pair = tcp_pair();
      Padding layer;
      Output output(*loop, pair.near.get(), &layer);
      std::string text(size, 'x');
      const iovec piece{.iov_base = text.data(), .iov_len = text.size()};
      output.send({&piece, 1});
      CHECK(turn_until(*loop, [&] { return !output.busy(); }));
      CHECK(output.error() == 0);
      CHECK((layer.sealed == each.sealed));
      CHECK(output.sent() == size + overhead * each.sealed.size());
    }
  });
}

namespace {

// Sends to a reader that has stalled, and moves to memory of its own when it is stopped.
struct Moved {
  Moved(io::BackendKind kind, Layer* layer)
      : loop(make_loop(kind, {.count = 16, .size = 4096, .headroom = overhead})),
        pair(tcp_pair()),
        output(*loop, pair.near.get(), layer) {
    output.on_event(this, [](void* self) noexcept { static_cast<Moved*>(self)->told(); });
    const iovec pieces[] = {{.iov_base = text.data(), .iov_len = 1000},
                            {.iov_base = text.data() + 1000, .iov_len = text.size() - 1000}};
    output.send(pieces);
  }

  void told() {
    if (!output.stopped()) return;
    const size_t left = output.left();
    memory.resize(left + behind.size());
    output.move_to(memory);
    memcpy(memory.data() + left, behind.data(), behind.size());
    std::ranges::fill(text, '?');
    output.go_on();
  }

  std::unique_ptr<io::Loop> loop;
  Pair pair;
  std::string text = pattern(8 << 20);
  std::string behind = pattern(5000, 1);
  std::vector<std::byte> memory;
  Output output;
};

}  // namespace

TEST_CASE("what is stopped goes on from other memory, with more behind it" *
          doctest::test_suite("no-torture")) {
  on_each_backend([](io::BackendKind kind) {
    for (const bool sealed : {false, true}) {
      CAPTURE(sealed);
      Padding layer;
      Moved moved(kind, sealed ? &layer : nullptr);
      const std::string all = moved.text + moved.behind;
      turn_briefly(*moved.loop);
      moved.output.stop();
      REQUIRE(turn_until(*moved.loop, [&] { return !moved.memory.empty(); }));
      CHECK(moved.loop->buffers()->available() == 16);
      std::string heard;
      std::thread reader([&] { heard = read_to_end(moved.pair.far); });
      CHECK(turn_until(*moved.loop, [&] { return !moved.output.busy(); }));
      ::shutdown(moved.pair.near.get(), SHUT_WR);
      reader.join();
      CHECK(moved.output.error() == 0);
      CHECK((sealed ? layer.plain_of(heard) : heard) == all);
    }
  });
}

}  // namespace zest::net
