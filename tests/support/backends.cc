#include "support/backends.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>

#include "support/torture.h"

namespace zest::test {
namespace {

constexpr int64_t patience_ns = 20 * ns_per_s;
constexpr int64_t turn_ns = 100 * ns_per_ms;
// A case that a fault has already spoilt is not waited for: so long, so often, nothing happened.
constexpr int64_t spoilt_turn_ns = 10 * ns_per_ms;
constexpr int spoilt_turns_max = 2;

bool epoll_expected() {
  const char* expected = getenv("ZEST_EXPECT_BACKEND");
  return expected && strcmp(expected, "epoll") == 0;
}

}  // namespace

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

std::vector<io::BackendKind> backends() {
  if (epoll_expected()) return {io::BackendKind::epoll};
  return {io::BackendKind::uring, io::BackendKind::epoll};
}

void on_each_backend(const std::function<void(io::BackendKind)>& body) {
  for (const io::BackendKind kind : backends()) {
    if (fault_fired()) return;  // a torture run had what it wanted
    const std::string backend = kind == io::BackendKind::uring ? "io_uring" : "epoll";
    CAPTURE(backend);
    body(kind);
  }
}

std::unique_ptr<io::Loop> make_loop(io::BackendKind kind, io::BufferOptions buffers,
                                    uint32_t submissions, uint32_t completions) {
  auto loop = io::Loop::create(
      {.backend = kind, .submissions = submissions, .completions = completions, .buffers = buffers},
      system_clock());
  REQUIRE_MESSAGE(loop.has_value(), loop.error().message.c_str());
  REQUIRE((*loop)->attach().has_value());
  return std::move(*loop);
}

bool turn_until(io::Loop& loop, const std::function<bool()>& condition) {
  const int64_t deadline_ns = system_clock().now_ns() + patience_ns;
  int idle = 0;
  while (!condition()) {
    const int64_t now_ns = system_clock().now_ns();
    const bool spoilt = fault_fired();
    if (now_ns > deadline_ns || (spoilt && idle == spoilt_turns_max)) return false;
    const size_t done = loop.turn(now_ns + (spoilt ? spoilt_turn_ns : turn_ns));
    idle = done == 0 && spoilt ? idle + 1 : 0;
  }
  return true;
}

bool turn_to_end(io::Loop& loop, const std::function<bool()>& condition) {
  const int64_t deadline_ns = system_clock().now_ns() + patience_ns;
  while (!condition()) {
    const int64_t now_ns = system_clock().now_ns();
    if (now_ns > deadline_ns) return false;
    loop.turn(now_ns + turn_ns);
  }
  return true;
}

void turn_briefly(io::Loop& loop) {
  while (loop.turn(0) > 0) {
  }
}

}  // namespace zest::test
