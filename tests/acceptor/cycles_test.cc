// Started and stopped many times in one process: as it was before.
#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdio>
#include <memory>

#include "acceptor/clients.h"
#include "acceptor/host.h"
#include "support/apart.h"
#include "support/backends.h"
#include "support/leftovers.h"
#include "support/sockets.h"

namespace zest::acceptor {
namespace {

using namespace zest::test;

#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool sanitized = true;  // slower, and with a memory of its own
#else
constexpr bool sanitized = false;
#endif

int cycles() {
  if (short_form()) return 20;
  return sanitized && !long_form() ? 500 : 1000;
}

size_t resident_kb() {
  size_t pages = 0;
  FILE* file = fopen("/proc/self/statm", "r");
  REQUIRE(file);
  const int read = fscanf(file, "%*u %zu", &pages);
  fclose(file);
  return read == 1 ? pages * 4 : 0;
}

void cycle(const Settings& settings) {
  std::vector<ListenerConfig> configs;
  configs.push_back(on("127.0.0.1:0", 1));
  configs.push_back(on("unix:@zest-cycles", 2));
  Host host(std::move(configs), settings);
  const Fd client = connected_to(host.address());
  CHECK(host.take_all(1).size() == 1);
  CHECK(host.shut_down().complete);
  host.free();
}

TEST_SUITE_BEGIN("no-torture");

TEST_CASE("a thousand starts and stops leave fds, threads and memory as they were") {
  on_each_mode([](const Settings& settings) {
    const size_t tasks = threads();  // not later: one that was joined is still listed for a moment
    for (int i = 0; i < 20; ++i) cycle(settings);  // what is only made once
    const size_t fds = open_fds();
    const size_t kb = resident_kb();
    for (int i = 0; i < cycles() / 2; ++i) cycle(settings);
    CHECK(settles(open_fds, fds));
    CHECK(settles(threads, tasks));
    if (!sanitized) CHECK(resident_kb() < kb + 4096);
  });
}

TEST_CASE("starts that fail leave nothing either") {
  on_each_mode([](const Settings& settings) {
    const Listening stranger = listening();
    const std::string taken = stranger.address.format().c_str();
    const size_t fds = open_fds();
    const size_t tasks = threads();
    for (int i = 0; i < cycles() / 10; ++i)
      CHECK(refused_to_start(one(on(taken)), settings).status == Status::address_in_use);
    CHECK(settles(open_fds, fds));
    CHECK(settles(threads, tasks));
  });
}

TEST_CASE("a thousand listeners in one service all accept") {
  on_each_backend([](io::BackendKind kind) {
    Settings settings = settings_for(kind, 1);
    settings.shards = true;
    const size_t count = sanitized && !long_form() ? 200 : 1000;
    std::vector<ListenerConfig> configs;
    for (size_t id = 0; id < count; ++id) configs.push_back(on("127.0.0.1:0", id));
    Host host(std::move(configs), settings);
    std::vector<Fd> clients;
    for (size_t id = 0; id < count; ++id) clients.push_back(connected_to(host.address(id)));
    std::vector<bool> seen(count);
    for (const Taken& each : host.take_all(count)) seen[each.listener_id] = true;
    CHECK(std::count(seen.begin(), seen.end(), true) == static_cast<ptrdiff_t>(count));
    CHECK(host.shut_down().complete);
  });
}

TEST_SUITE_END();

}  // namespace
}  // namespace zest::acceptor
