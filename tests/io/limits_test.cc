// More than the rings hold: nothing is lost, and nobody waits for ever.
#include <doctest/doctest.h>
#include <sys/socket.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "support/backends.h"
#include "support/sockets.h"
#include "support/taker.h"
#include "sys/fault.h"

namespace zest::io {
namespace {

using namespace zest::test;

constexpr uint32_t submissions = 8;
constexpr uint32_t completions = 16;

struct Receiver {
  explicit Receiver(Loop& loop) : taker(loop) {}
  Pair pair = tcp_pair();
  std::array<std::byte, 64> memory{};
  Taker taker;
};

std::vector<std::unique_ptr<Receiver>> receivers(Loop& loop, int count) {
  std::vector<std::unique_ptr<Receiver>> all;
  for (int i = 0; i < count; ++i) all.push_back(std::make_unique<Receiver>(loop));
  return all;
}

size_t endings(const std::vector<std::unique_ptr<Receiver>>& all) {
  size_t count = 0;
  for (const auto& one : all) count += one->taker.endings;
  return count;
}

TEST_CASE("more operations than the submission ring holds are all begun") {
  on_each_backend([](BackendKind kind) {
    auto loop = make_loop(kind, {}, submissions, 256);
    const auto all = receivers(*loop, 200);
    for (const auto& one : all) loop->recv(one->taker.op, one->pair.near.get(), one->memory);
    turn_briefly(*loop);
    CHECK(endings(all) == 0);
    for (size_t i = 0; i < all.size(); ++i) write_all(all[i]->pair.far, std::to_string(i));
    REQUIRE(turn_until(*loop, [&] { return endings(all) == all.size(); }));
    for (size_t i = 0; i < all.size(); ++i)
      CHECK(all[i]->taker.last() == static_cast<int32_t>(std::to_string(i).size()));
  });
}

TEST_CASE("more completions than the ring holds are all delivered") {
  on_each_backend([](BackendKind kind) {
    auto loop = make_loop(kind, {}, submissions, completions);
    const auto all = receivers(*loop, 300);
    for (const auto& one : all) loop->recv(one->taker.op, one->pair.near.get(), one->memory);
    turn_briefly(*loop);
    for (const auto& one : all) write_all(one->pair.far, "x");
    REQUIRE(turn_until(*loop, [&] { return endings(all) == all.size(); }));
    for (const auto& one : all) CHECK(one->taker.results == std::vector<int32_t>{1});
  });
}

TEST_CASE("more connections than the completion ring holds are all accepted") {
  on_each_backend([](BackendKind kind) {
    constexpr size_t count = 400;
    auto loop = make_loop(kind, {}, submissions, completions);
    const Listening listener = listening(1024);
    Taker taker(*loop);
    loop->accept(taker.op, listener.fd.get());
    turn_briefly(*loop);
    std::vector<Fd> clients;
    for (size_t i = 0; i < count; ++i) clients.push_back(connected_to(listener.address));
    REQUIRE(turn_until(*loop, [&] { return taker.fds.size() == count; }));
    CHECK(taker.endings == 0);
  });
}

TEST_CASE("bytes for many pooled receives pass through a small ring, every one in order") {
  on_each_backend([](BackendKind kind) {
    auto loop = make_loop(kind, {.count = 256, .size = 64}, submissions, completions);
    const auto all = receivers(*loop, 60);
    for (const auto& one : all) loop->recv_pooled(one->taker.op, one->pair.near.get());
    turn_briefly(*loop);
    for (unsigned i = 0; i < all.size(); ++i) {
      write_all(all[i]->pair.far, pattern(3000, i));
      CHECK(::shutdown(all[i]->pair.far.get(), SHUT_WR) == 0);
    }
    REQUIRE(turn_until(*loop, [&] { return endings(all) == all.size(); }));
    for (unsigned i = 0; i < all.size(); ++i) CHECK((all[i]->taker.bytes == pattern(3000, i)));
    CHECK(loop->buffers()->available() == 256);
  });
}

TEST_CASE("many cancels at once all end") {
  on_each_backend([](BackendKind kind) {
    auto loop = make_loop(kind, {}, submissions, completions);
    const auto all = receivers(*loop, 200);
    for (const auto& one : all) loop->recv(one->taker.op, one->pair.near.get(), one->memory);
    turn_briefly(*loop);
    for (const auto& one : all) loop->cancel(one->taker.op);
    REQUIRE(turn_until(*loop, [&] { return endings(all) == all.size(); }));
    for (const auto& one : all) CHECK(one->taker.results == std::vector<int32_t>{-ECANCELED});
  });
}

#ifdef ZEST_FAULTS

struct Refused {
  explicit Refused(const char* call, int error) { sys::fault::arm_all(call, error); }
  ~Refused() { sys::fault::arm_all(nullptr, 0); }
};

TEST_CASE("what the kernel does not take at the moment is begun later, or cancelled before") {
  on_each_backend([](BackendKind kind) {
    auto loop = make_loop(kind, {}, submissions, completions);
    const auto all = receivers(*loop, 30);
    {
      const Refused refused("io_uring_submit", EBUSY);
      for (const auto& one : all) loop->recv(one->taker.op, one->pair.near.get(), one->memory);
      for (size_t i = 20; i < 30; ++i) loop->cancel(all[i]->taker.op);
    }
    for (const auto& one : all) write_all(one->pair.far, "x");
    REQUIRE(turn_until(*loop, [&] { return endings(all) == all.size(); }));
    for (size_t i = 0; i < 20; ++i) CHECK(all[i]->taker.results == std::vector<int32_t>{1});
    for (size_t i = 20; i < 30; ++i)
      CHECK(all[i]->taker.results == std::vector<int32_t>{-ECANCELED});
  });
}

TEST_CASE("a cancel that does not get through is repeated") {
  on_each_backend([](BackendKind kind) {
    auto loop = make_loop(kind);
    const auto all = receivers(*loop, 3);
    for (const auto& one : all) loop->recv(one->taker.op, one->pair.near.get(), one->memory);
    turn_briefly(*loop);
    {
      const Refused refused("io_uring cancel", EBUSY);
      loop->cancel(all[0]->taker.op);
      loop->cancel(all[1]->taker.op);
      loop->turn(0);
    }
    REQUIRE(turn_until(*loop, [&] { return endings(all) == 2; }));
    CHECK(all[2]->taker.op.in_flight());
  });
}

#endif

}  // namespace
}  // namespace zest::io
