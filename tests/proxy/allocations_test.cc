// Once warm, a worker takes no memory for a request.
#include <doctest/doctest.h>
#include <sanitizer/allocator_interface.h>
#include <sys/prctl.h>

#include <cstring>

#include "proxy/stage.h"

namespace zest::test {
namespace {

std::atomic<bool> counting{false};
std::atomic<uint64_t> allocations{0};

void allocated(const volatile void*, size_t) {
  if (!counting.load(std::memory_order_relaxed)) return;
  char name[16] = {};
  ::prctl(PR_GET_NAME, name);
  if (strncmp(name, "zproxy-", 7) == 0) ++allocations;
}

void freed(const volatile void*) {}

// Hooks stay, so there is one for all.
void install_hook() {
  static const int installed = __sanitizer_install_malloc_and_free_hooks(allocated, freed);
  REQUIRE(installed > 0);
}

}  // namespace

TEST_CASE("a warm worker allocates nothing for a request") {
  install_hook();
  on_each_backend([](BackendKind kind) {
    Origin origin(answering(ok(std::string(3000, 'x'))));
    const auto proxy = started(config_for(kind, origin.address()));
    Client client(proxy->report().listeners[0].address);
    const auto ask_often = [&] {
      for (int i = 0; i < 100; ++i) {
        client.send(get());
        CHECK(client.answer().body.size() == 3000);
        client.send(post(std::string(20'000, 'y')));
        CHECK(client.answer().body.size() == 3000);
      }
    };
    ask_often();
    allocations.store(0);
    counting.store(true);
    ask_often();
    counting.store(false);
    CHECK(allocations.load() == 0);
    client.close();
  });
}

}  // namespace zest::test
