// What a tunnel holds for a reader that has stopped, while its sender says all that is taken from
// it.
#include <doctest/doctest.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <memory>
#include <string>

#include "support/torture.h"
#include "tunnel/joined.h"

namespace zest::tunnel {
namespace {

using namespace zest::test;

constexpr size_t held_max = 4 << 20;  // by a tunnel
constexpr size_t pipe_size = 1 << 20;
constexpr uint32_t tunnels = 8;

bool may_fix() {
  const Fd any(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int size = 8192;
  return ::setsockopt(any.get(), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) == 0;
}

// Of the whole machine, where others work as well.
size_t slab() {
  std::ifstream file("/proc/meminfo");
  std::string word;
  size_t kb = 0;
  while (file >> word)
    if (word == "Slab:" && file >> kb) return kb * 1024;
  return 0;
}

std::array<uint32_t, SK_MEMINFO_VARS> memory_of(int fd) {
  std::array<uint32_t, SK_MEMINFO_VARS> of{};
  socklen_t size = sizeof of;
  CHECK(::getsockopt(fd, SOL_SOCKET, SO_MEMINFO, of.data(), &size) == 0);
  return of;
}

size_t unread(int fd) {
  const auto of = memory_of(fd);
  return size_t{of[SK_MEMINFO_RMEM_ALLOC]} + of[SK_MEMINFO_BACKLOG];
}

size_t unsent(int fd) { return memory_of(fd)[SK_MEMINFO_WMEM_QUEUED]; }

// A tunnel whose far end at b never reads.
struct Stalled {
  Stalled(io::BackendKind kind, const JoinedOptions& options) : joined(kind, options) {
    joined.start();
  }
  ~Stalled() {
    joined.tunnel->cancel();
    joined.end();
  }

  // Talk first, so that the kernel has it where it may; then all that is taken.
  void say() {
    const std::string piece(said < 300 * 1000 ? 1000 : 65'536, 'x');
    for (ssize_t n = 1; n > 0;) {
      n = ::send(joined.a.get(), piece.data(), piece.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n > 0) said += static_cast<size_t>(n);
      if (said < 300 * 1000) break;
    }
  }
  void turn() { joined.loop->turn(system_clock().now_ns() + ns_per_ms); }

  // In both sockets, and in between. Without rights for it the receive buffers stay as large as the
  // system lets them grow, as they would be without a tunnel.
  size_t held() const {
    const net::Stream& a = joined.tunnel->side(0);
    const net::Stream& b = joined.tunnel->side(1);
    const size_t first = may_fix() ? unread(a.fd()) : 0;
    return first + piped() + unread(b.fd()) + unsent(a.fd()) + unsent(b.fd()) + a.input().size() +
           b.input().size();
  }
  // At most: a pipe tells its bytes, not what they are in.
  size_t piped() const { return joined.engines->counters().spliced > 0 ? pipe_size : 0; }

  Joined joined;
  size_t said = 0;
};

// No more is taken from any of them.
void until_all_stall(std::array<std::unique_ptr<Stalled>, tunnels>& all) {
  size_t before = 1;
  for (int still = 0; still < 20;) {
    size_t said = 0;
    for (auto& one : all) {
      one->say();
      one->turn();
      said += one->said;
    }
    still = said == before ? still + 1 : 0;
    before = said;
  }
}

}  // namespace

TEST_CASE("for a reader that stalls a tunnel holds less than 4 MB, whichever way the bytes go" *
          doctest::test_suite("no-torture")) {
  on_each_engine([](io::BackendKind kind, const JoinedOptions& options) {
    std::array<std::unique_ptr<Stalled>, tunnels> all;
    for (auto& one : all) one = std::make_unique<Stalled>(kind, options);
    const size_t slab_before = slab();
    until_all_stall(all);
    size_t most = 0;
    for (const auto& one : all) most = std::max(most, one->held());
    const size_t slab_after = slab();
    const size_t grown = slab_after > slab_before ? slab_after - slab_before : 0;
    MESSAGE("a tunnel holds up to " << most / 1024 << " kB, of the slab " << grown / tunnels / 1024
                                    << " kB each");
    CHECK(most < held_max);
    CHECK(grown / tunnels < held_max);
  });
}

}  // namespace zest::tunnel
