#include "io/buffer_queue.h"

#include <doctest/doctest.h>

#include <array>
#include <cstring>
#include <string>

#include "support/fake_backend.h"
#include "support/sockets.h"

namespace zest::io {
namespace {

using test::FakeLoop;

constexpr BufferOptions eight{.count = 8, .size = 64};

// A piece of the pool with this text in it.
Buffer holding(FakeLoop& fake, std::string_view text) {
  BufferPool& pool = *fake.loop->buffers();
  const uint16_t id = fake.backend->take_buffer();
  memcpy(pool.open(id).data(), text.data(), text.size());
  return pool.hand_out(id, static_cast<uint32_t>(text.size()));
}

std::string text_of(const BufferQueue& queue, size_t most = SIZE_MAX, size_t pieces_max = 8) {
  std::array<iovec, 8> pieces;
  const size_t count = queue.gather(std::span(pieces).first(pieces_max), most);
  std::string text;
  for (const iovec& piece : std::span(pieces).first(count))
    text.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
  return text;
}

std::string front_of(const BufferQueue& queue) {
  const std::span<std::byte> front = queue.front();
  return {reinterpret_cast<const char*>(front.data()), front.size()};
}

}  // namespace

TEST_CASE("bytes come out in the order in which they were pushed") {
  FakeLoop fake(eight);
  BufferQueue queue;
  CHECK(queue.empty());
  CHECK(queue.front().empty());
  for (const char* text : {"one ", "two ", "three"}) queue.push(holding(fake, text));
  CHECK(queue.size() == 13);
  CHECK(queue.buffers() == 3);
  CHECK(front_of(queue) == "one ");
  CHECK(text_of(queue) == "one two three");
  CHECK(text_of(queue, 6) == "one tw");
  CHECK(text_of(queue, SIZE_MAX, 2) == "one two ");
  CHECK(text_of(queue, 0) == "");
}

TEST_CASE("what is consumed goes back to its pool, piece by piece") {
  FakeLoop fake(eight);
  BufferPool& pool = *fake.loop->buffers();
  BufferQueue queue;
  for (const char* text : {"one ", "two ", "three"}) queue.push(holding(fake, text));
  CHECK(pool.available() == 5);
  queue.consume(2);
  CHECK(front_of(queue) == "e ");
  CHECK(text_of(queue) == "e two three");
  CHECK(pool.available() == 5);
  queue.consume(2);
  CHECK(pool.available() == 6);
  queue.consume(6);
  CHECK(front_of(queue) == "ree");
  CHECK(queue.buffers() == 1);
  queue.push(holding(fake, " four"));
  CHECK(text_of(queue) == "ree four");
  queue.consume(8);
  CHECK(queue.empty());
  CHECK(queue.size() == 0);
  CHECK(pool.available() == 8);
}

TEST_CASE("a queue that ends gives everything back, and empty pieces are not kept") {
  FakeLoop fake(eight);
  BufferPool& pool = *fake.loop->buffers();
  {
    BufferQueue queue;
    queue.push(Buffer());
    CHECK(queue.empty());
    for (int i = 0; i < 8; ++i) queue.push(holding(fake, "x"));
    CHECK(pool.available() == 0);
    queue.clear();
    CHECK(pool.available() == 8);
    queue.push(holding(fake, "again"));
  }
  CHECK(pool.available() == 8);
}

TEST_CASE("a queue is a queue, whatever is pushed and consumed") {
  FakeLoop fake(eight);
  BufferQueue queue;
  std::string expected;
  uint32_t state = 1;
  for (int i = 0; i < 20'000; ++i) {
    state = state * 1664525u + 1013904223u;
    if (state >> 31 && queue.buffers() < 8) {
      const std::string text = test::pattern(1 + (state >> 8) % 64, state);
      queue.push(holding(fake, text));
      expected += text;
    } else {
      const size_t bytes = (state >> 8) % (expected.size() + 1);
      queue.consume(bytes);
      expected.erase(0, bytes);
    }
    REQUIRE(queue.size() == expected.size());
    REQUIRE((text_of(queue) == expected));
  }
}

TEST_CASE("what belongs before a buffer's bytes stands in the pool's headroom") {
  FakeLoop fake({.count = 8, .size = 64, .headroom = 32});
  BufferQueue queue;
  Buffer buffer = holding(fake, "headtail");
  CHECK(buffer.room_before() == 32);
  buffer.trim(4, 4);
  CHECK(buffer.room_before() == 36);
  const std::string before(36, 'x');
  memcpy(buffer.extend_front(36).data(), before.data(), before.size());
  CHECK(buffer.room_before() == 0);
  queue.push(std::move(buffer));
  queue.push(holding(fake, " more"));
  CHECK(queue.size() == 45);
  CHECK(text_of(queue) == before + "tail more");
  CHECK(front_of(queue) == before + "tail");
  queue.consume(37);
  CHECK(text_of(queue) == "ail more");
  queue.clear();
  CHECK(fake.loop->buffers()->available() == 8);
}

}  // namespace zest::io
