// A tunnel that is made to change its way at random moments, again and again, in the middle of a
// long text, with a reader that stalls.
#include <doctest/doctest.h>

#include <cstdlib>
#include <random>
#include <string>

#include "support/apart.h"
#include "support/torture.h"
#include "tunnel/joined.h"
#include "tunnel/talk.h"

namespace zest::tunnel {
namespace {

using namespace zest::test;
using enum EngineChoice;

size_t text_size() {
  if (tortured()) return 400'000;
  return long_form() ? size_t{4} << 30 : load(60'000'000);
}
unsigned stall_ms() { return long_form() ? 3000u : static_cast<unsigned>(load(300)); }
unsigned pause_us() { return tortured() ? 100 : 1500; }

void switch_at_random(io::BackendKind kind, Sockmap* in_kernel) {
  Joined joined(kind, {.choice = automatic, .sockmap = in_kernel});
  const size_t up = text_size();
  const size_t down = text_size() / 3;
  joined.start();
  Talk a(joined.a, {.says = up, .seed = 0, .hears_seed = 1, .pause_us = pause_us()});
  Talk b(joined.b, {.says = down,
                    .seed = 1,
                    .hears_seed = 0,
                    .piece_max = 5000,
                    .pause_us = pause_us(),
                    .stalls_at = up / 2,
                    .stall_ms = stall_ms()});
  std::minstd_rand random(1);
  constexpr EngineChoice choices[] = {copy, splice, sockmap, sockmap, automatic};
  size_t switches = 0;
  const int64_t patience_ns = system_clock().now_ns() + (long_form() ? 900 : 100) * ns_per_s;
  while (!joined.over && !fault_fired() && system_clock().now_ns() < patience_ns) {
    for (unsigned turns = random() % 20; turns > 0 && !joined.over; --turns)
      joined.loop->turn(system_clock().now_ns() + ns_per_ms);
    if (joined.over) break;
    joined.tunnel->choose(choices[random() % std::size(choices)]);
    ++switches;
  }
  CHECK(joined.over);
  CHECK(joined.ended().end == End::done);
  CHECK(joined.ended().error == 0);
  CHECK(joined.ended().bytes[0] == up);
  CHECK(joined.ended().bytes[1] == down);
  const EngineCounters counters = joined.engines->counters();
  joined.end();
  a.join();
  b.join();
  CHECK(a.wrong() == 0);
  CHECK(b.wrong() == 0);
  CHECK(b.heard() == up);
  CHECK(a.heard() == down);
  if (tortured()) return;
  MESSAGE(switches << " asked for; spliced " << counters.spliced << ", joined " << counters.joined
                   << ", in the kernel " << counters.kernel_bytes << " bytes, "
                   << counters.kernel_switches << " switches, " << counters.bytes_again
                   << " bytes came again");
}

}  // namespace

TEST_CASE("hundreds of switches between kernel and user space, and no byte is wrong") {
  const auto made = Sockmap::create_untested();
  if (!made->usable()) MESSAGE("without sockmap: " << made->note().c_str());
  on_each_backend(
      [&](io::BackendKind kind) { on_own_thread([&] { switch_at_random(kind, made.get()); }); });
}

TEST_CASE("hundreds of switches between copying and splicing, and no byte is wrong") {
  on_each_backend(
      [](io::BackendKind kind) { on_own_thread([&] { switch_at_random(kind, nullptr); }); });
}

}  // namespace zest::tunnel
