// Answers that io_uring gives though one would not expect them, from a fake backend.
#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "support/fake_backend.h"
#include "support/taker.h"

namespace zest::io {
namespace {

using namespace zest::test;

// Not tortured: a fake backend answers for operations that an injected fault had already ended.
TEST_SUITE_BEGIN("no-torture");

constexpr BufferOptions two{.count = 2, .size = 64};

// A loop on the fake and one op, whose end the fake answers to the cancel if nothing else does.
struct Bench {
  explicit Bench(BufferOptions buffers = {}) : fake(buffers), taker(*fake.loop) {}
  ~Bench() {
    taker.then = nullptr;
    if (!taker.op.in_flight()) return;
    fake.loop->cancel(taker.op);
    answer(-ECANCELED);
  }

  Loop& loop() { return *fake.loop; }
  void answer(int32_t result, bool more = false) { answer({.result = result, .more = more}); }
  void answer(Event event) {
    event.op = &taker.op;
    fake.backend->answer({event});
    fake.loop->turn(0);
  }
  Event received(int32_t size, bool more) {
    return {
        .result = size, .more = more, .has_buffer = true, .buffer_id = fake.backend->take_buffer()};
  }
  size_t starts() const { return fake.backend->started.size(); }
  const Request& request() const { return fake.backend->requests.back(); }

  FakeLoop fake;
  Taker taker;
};

TEST_CASE("a repeating operation that the kernel ends without an error goes on") {
  Bench bench;
  bench.loop().accept(bench.taker.op, 3);
  CHECK(bench.request().multishot);
  bench.answer(1000, true);
  CHECK(bench.starts() == 1);
  bench.answer(1001, false);
  CHECK(bench.starts() == 2);
  CHECK(bench.request().multishot);
  CHECK(bench.taker.results == std::vector<int32_t>{1000, 1001});
  CHECK(bench.taker.endings == 0);
  CHECK(bench.loop().counters().rearmed == 1);
  for (Fd& fd : bench.taker.fds) (void)fd.release();  // there are no such fds
}

TEST_CASE("a pooled receive that the kernel ends in the middle of a stream goes on") {
  Bench bench(two);
  bench.loop().recv_pooled(bench.taker.op, 3);
  bench.answer(bench.received(10, false));
  CHECK(bench.starts() == 2);
  CHECK(bench.taker.endings == 0);
  CHECK(bench.loop().counters().rearmed == 1);
  bench.answer(0);
  CHECK(bench.taker.endings == 1);
  CHECK(bench.starts() == 2);
  CHECK(bench.loop().buffers()->available() == 2);
}

TEST_CASE("a form of repeating that the kernel refuses is given up, and works one by one") {
  Bench bench;
  bench.loop().poll_repeat(bench.taker.op, 3, 1);
  bench.answer(-EINVAL);
  CHECK(bench.taker.results.empty());
  CHECK(bench.starts() == 2);
  CHECK_FALSE(bench.request().multishot);
  CHECK(bench.loop().counters().stepped_down == 0);  // the fd may be to blame
  bench.answer(1);
  bench.answer(1);
  CHECK(bench.taker.results == std::vector<int32_t>{1, 1});
  CHECK(bench.taker.endings == 0);
  CHECK(bench.starts() == 4);
  CHECK_FALSE(bench.request().multishot);
  CHECK(bench.loop().counters().stepped_down == 1);
  CHECK(bench.loop().counters().rearmed == 0);

  Taker next(bench.loop());
  bench.loop().poll_repeat(next.op, 4, 1);
  CHECK_FALSE(bench.request().multishot);
  bench.fake.backend->answer({{.op = &next.op, .result = -EBADF}});
  bench.loop().turn(0);
  CHECK(next.ended());
  Taker other(bench.loop());
  bench.loop().accept(other.op, 5);
  CHECK(bench.request().multishot);  // of another kind
  bench.fake.backend->answer({{.op = &other.op, .result = -EBADF}});
  bench.loop().turn(0);
}

TEST_CASE("an fd that is refused in both forms ends with its error, and costs nobody else") {
  Bench bench;
  bench.loop().accept(bench.taker.op, 3);
  bench.answer(-EINVAL);
  bench.answer(-EINVAL);
  CHECK(bench.taker.results == std::vector<int32_t>{-EINVAL});
  CHECK(bench.taker.endings == 1);
  CHECK(bench.loop().counters().stepped_down == 0);
  bench.loop().accept(bench.taker.op, 4);
  CHECK(bench.request().multishot);
}

TEST_CASE("a receive that finds no buffer is parked until one comes back") {
  Bench bench(two);
  bench.taker.keeps_buffers = true;
  bench.loop().recv_pooled(bench.taker.op, 3);
  bench.answer(bench.received(10, true));
  bench.answer(bench.received(10, true));
  bench.answer(-ENOBUFS);
  CHECK(bench.starts() == 1);
  CHECK(bench.taker.op.in_flight());
  CHECK(bench.loop().counters().starved == 1);
  bench.loop().turn(0);
  CHECK(bench.starts() == 1);
  bench.taker.kept.clear();
  bench.loop().turn(0);
  CHECK(bench.starts() == 2);
  CHECK(bench.taker.endings == 0);
}

TEST_CASE("a receive that found no buffer though there are some starts anew at once") {
  Bench bench(two);
  bench.loop().recv_pooled(bench.taker.op, 3);
  bench.answer(-ENOBUFS);
  CHECK(bench.starts() == 2);
  CHECK(bench.loop().counters().starved == 1);
}

TEST_CASE("a parked receive is cancelled without the kernel") {
  Bench bench(two);
  bench.taker.keeps_buffers = true;
  bench.loop().recv_pooled(bench.taker.op, 3);
  bench.answer(bench.received(10, true));
  bench.answer(bench.received(10, true));
  bench.answer(-ENOBUFS);
  bench.loop().cancel(bench.taker.op);
  CHECK(bench.fake.backend->cancelled.empty());
  CHECK(bench.taker.endings == 0);  // never inside cancel()
  bench.loop().turn(0);
  CHECK(bench.taker.last() == -ECANCELED);
  CHECK(bench.taker.endings == 1);
  bench.taker.kept.clear();
  bench.loop().turn(0);
  CHECK(bench.starts() == 1);
}

TEST_CASE("an interrupted operation starts anew, and nobody is told") {
  Bench bench;
  std::byte memory[8];
  bench.loop().recv(bench.taker.op, 3, memory);
  bench.answer(-EINTR);
  CHECK(bench.taker.results.empty());
  CHECK(bench.starts() == 2);
  CHECK(bench.request().size == 8);
  bench.answer(5);
  CHECK(bench.taker.results == std::vector<int32_t>{5});
  CHECK(bench.taker.endings == 1);
}

TEST_CASE("an fd that comes after the cancel is delivered once, as the end") {
  Bench bench;
  bench.loop().accept(bench.taker.op, 3);
  bench.loop().cancel(bench.taker.op);
  bench.loop().cancel(bench.taker.op);
  CHECK(bench.fake.backend->cancelled.size() == 1);
  bench.answer(1000);
  CHECK(bench.taker.results == std::vector<int32_t>{1000});
  CHECK(bench.taker.endings == 1);
  CHECK(bench.starts() == 1);
  (void)bench.taker.fds.front().release();
}

TEST_CASE("a cancelled operation is not started anew, whatever its end says") {
  for (const int32_t result : {-EINVAL, -ENOBUFS, -EINTR, -ECANCELED, 0}) {
    Bench bench(two);
    bench.loop().recv_pooled(bench.taker.op, 3);
    bench.loop().cancel(bench.taker.op);
    bench.answer(result);
    CHECK(bench.taker.results == std::vector<int32_t>{result});
    CHECK(bench.taker.endings == 1);
    CHECK(bench.starts() == 1);
  }
}

TEST_CASE("bytes that come after the cancel are delivered with their buffer") {
  Bench bench(two);
  bench.loop().recv_pooled(bench.taker.op, 3);
  bench.loop().cancel(bench.taker.op);
  bench.answer(bench.received(4, true));
  bench.answer(bench.received(5, false));
  CHECK(bench.taker.results == std::vector<int32_t>{4, 5});
  CHECK(bench.taker.endings == 1);
  CHECK(bench.loop().buffers()->available() == 2);
}

TEST_CASE("an error ends a repeating operation") {
  for (const int32_t result : {-EMFILE, -ECONNABORTED, -EBADF, -ENOMEM}) {
    Bench bench;
    bench.loop().accept(bench.taker.op, 3);
    bench.answer(result);
    CHECK(bench.taker.results == std::vector<int32_t>{result});
    CHECK(bench.taker.endings == 1);
  }
}

TEST_SUITE_END();

}  // namespace
}  // namespace zest::io
