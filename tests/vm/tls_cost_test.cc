// What records cost in user space and in the kernel: CPU time of the thread that does it, side by
// side in one run. What ktls = "auto" means was decided by this (tls/kernel_use.cc).
#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <ctime>
#include <thread>

#include "support/torture.h"
#include "tls/layer_bench.h"
#include "vm/only_where.h"

namespace zest::test {
namespace {

using tls::KernelMode;

[[maybe_unused]] const bool can_run =
    only_where(tls::kernel_tls().has_value(), "the kernel has no TLS (module tls)");

int64_t cpu_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * ns_per_s + now.tv_nsec;
}

// Takes what comes and drops it unread.
std::jthread drain(const Fd& fd) {
  return std::jthread([&fd] {
    pollfd ready{.fd = fd.get(), .events = POLLIN, .revents = 0};
    while (::poll(&ready, 1, -1) >= 0) {
      const ssize_t got = ::recv(fd.get(), nullptr, 1 << 20, MSG_TRUNC | MSG_DONTWAIT);
      if (got == 0 || (got < 0 && errno != EAGAIN)) return;
    }
  });
}

struct Cost {
  const char* what;
  size_t piece;
  size_t pieces;
};

LayerBench::Setup setup() {
  return {.buffers = {.count = 64, .size = 61'440, .headroom = tls::headroom}};
}

int64_t cost_of_sending(KernelMode mode, const Cost& cost) {
  LayerBench bench(io::BackendKind::uring, mode, setup());
  REQUIRE(bench.shake_hands());
  CHECK(bench.stream->plain() == (mode == KernelMode::require));
  const std::string piece = pattern(cost.piece);
  const std::jthread drains = drain(bench.pair.far);
  const int64_t began_ns = cpu_ns();
  for (size_t i = 0; i < cost.pieces; ++i) {
    bench.send(piece);
    CHECK(turn_until(*bench.loop, [&] { return !bench.output->busy(); }));
  }
  const int64_t took_ns = cpu_ns() - began_ns;
  CHECK(bench.output->sent() >= cost.piece * cost.pieces);
  ::shutdown(bench.stream->fd(), SHUT_RDWR);
  return took_ns;
}

int64_t cost_of_receiving(KernelMode mode, const Cost& cost) {
  LayerBench bench(io::BackendKind::uring, mode, setup());
  REQUIRE(bench.shake_hands());
  const std::string piece = pattern(cost.piece);
  std::jthread sends([&] {
    for (size_t i = 0; i < cost.pieces; ++i) {
      SSL_write(bench.peer.ssl(), piece.data(), static_cast<int>(piece.size()));
      const std::string sealed = bench.peer.advance({});
      for (size_t at = 0; at < sealed.size();) {
        pollfd ready{.fd = bench.pair.far.get(), .events = POLLOUT, .revents = 0};
        if (::poll(&ready, 1, 10'000) <= 0) return;
        const ssize_t n = ::send(bench.pair.far.get(), sealed.data() + at, sealed.size() - at,
                                 MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n > 0) at += static_cast<size_t>(n);
      }
    }
  });
  size_t got = 0;
  const int64_t began_ns = cpu_ns();
  CHECK(turn_until(*bench.loop, [&] {
    const size_t size = bench.stream->input().size();
    got += size;
    bench.stream->consume(size);
    return got == cost.piece * cost.pieces || bench.stream->finished();
  }));
  CHECK(got == cost.piece * cost.pieces);
  return cpu_ns() - began_ns;
}

void compare(int64_t (*measure)(KernelMode, const Cost&), const char* doing, const Cost& cost) {
  const auto bytes = static_cast<double>(cost.piece * cost.pieces);
  const auto user_ns = static_cast<double>(measure(KernelMode::off, cost));
  const auto kernel_ns = static_cast<double>(measure(KernelMode::require, cost));
  printf("%s %s: user space %.2f s of CPU per GB, kernel %.2f, ratio %.2f\n", doing, cost.what,
         user_ns / bytes, kernel_ns / bytes, kernel_ns / user_ns);
  fflush(stdout);
}

}  // namespace

TEST_CASE("the CPU time of records, in the kernel against user space") {
  for (const Cost& cost :
       {Cost{"pieces of 200 bytes", 200, load(4000)}, Cost{"pieces of 16 KB", 16'384, load(2000)},
        Cost{"pieces of 1 MB", 1 << 20, load(60)}}) {
    compare(cost_of_sending, "sending", cost);
    compare(cost_of_receiving, "receiving", cost);
  }
}

}  // namespace zest::test
