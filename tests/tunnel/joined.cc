#include "tunnel/joined.h"

#include <doctest/doctest.h>

#include <exception>
#include <thread>

#include "support/torture.h"

namespace zest::test {

Joined::Joined(io::BackendKind kind, const JoinedOptions& wanted)
    : options(wanted), loop(make_loop(kind, wanted.buffers)) {
  Pair pair_a = tcp_pair();
  Pair pair_b = tcp_pair();
  a = std::move(pair_a.far);
  b = std::move(pair_b.far);
  engines.emplace(*loop, tunnel::EngineLimits{}, wanted.sockmap);
  tunnel.emplace(*engines, std::move(pair_a.near), std::move(pair_b.near), wanted.choice);
}

void Joined::start() {
  started = true;
  tunnel->start(options.limits, this,
                [](void* self) noexcept { static_cast<Joined*>(self)->over = true; });
}

void Joined::end() {
  if (!engines) return;
  if (!started) start();
  if (!over) tunnel->cancel();
  CHECK(turn_to_end(*loop, [&] { return over; }));
  last = tunnel->ended();
  tunnel.reset();
  engines->stop();
  CHECK(turn_to_end(*loop, [&] { return !engines->busy(); }));
  CHECK(engines->counters().mismatches == 0);
  engines.reset();
  loop.reset();
}

void on_own_thread(const std::function<void()>& body) {
  std::exception_ptr thrown;
  std::thread([&] {
    try {
      body();
    } catch (...) {  // by a REQUIRE
      thrown = std::current_exception();
    }
  }).join();
  if (thrown) std::rethrow_exception(thrown);
}

void on_each_engine(const std::function<void(io::BackendKind, const JoinedOptions&)>& body) {
  using enum tunnel::EngineChoice;
  const auto made = tunnel::Sockmap::create_untested();
  if (!made->usable()) MESSAGE("without sockmap: " << made->note().c_str());
  on_each_backend([&](io::BackendKind kind) {
    for (const tunnel::EngineChoice choice : {copy, splice, sockmap, automatic}) {
      if (fault_fired()) return;
      if (choice == sockmap && !made->usable()) continue;
      on_own_thread([&] {
        CAPTURE(kind);
        CAPTURE(choice);
        body(kind, {.choice = choice, .sockmap = made.get()});
      });
    }
  });
}

}  // namespace zest::test
