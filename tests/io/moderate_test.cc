// A loop that collects completions for a while, as a network card moderates its interrupts: later,
// and in fewer turns, but nothing else changes.
#include <doctest/doctest.h>

#include <thread>
#include <vector>

#include "support/backends.h"
#include "support/sockets.h"
#include "support/taker.h"

namespace zest::io {
namespace {

using namespace zest::test;

constexpr int64_t gather_ns = 2 * ns_per_ms;

TEST_CASE("a loop that gathers loses nothing and forgets no timer") {
  on_each_backend([](BackendKind kind) {
    struct Ring {
      void expired() noexcept { ++count; }
      int count = 0;
    } ring;
    const Listening listener = listening(512);
    auto loop = make_loop(kind, {}, 16, 512);
    loop->moderate(gather_ns);
    Timer timer(&ring, Timer::method<&Ring::expired>);
    loop->start_timer(timer, loop->now_ns() + ns_per_ms);
    CHECK(turn_until(*loop, [&] { return ring.count == 1; }));

    Taker taker(*loop);
    loop->accept(taker.op, listener.fd.get());
    std::vector<Fd> clients;
    for (int i = 0; i < 300; ++i) clients.push_back(connected_to(listener.address));
    CHECK(turn_until(*loop, [&] { return taker.fds.size() == 300; }));
    loop->cancel(taker.op);
    CHECK(turn_until(*loop, [&] { return taker.ended(); }));
  });
}

TEST_CASE("a loop that gathers is woken by work and can go back to answering at once") {
  on_each_backend([](BackendKind kind) {
    auto loop = make_loop(kind);
    loop->moderate(gather_ns);
    int count = 0;
    Work work{&count, [](void* owner) noexcept { ++*static_cast<int*>(owner); }};
    std::thread([&] { loop->post(work); }).join();
    CHECK(turn_to_end(*loop, [&] { return count == 1; }));
    loop->moderate(0);
    loop->post(work);
    CHECK(turn_to_end(*loop, [&] { return count == 2; }));
  });
}

}  // namespace
}  // namespace zest::io
