// With more than one NUMA node: what a pinned thread works with is on its own.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "acceptor/host.h"
#include "support/backends.h"
#include "support/sockets.h"
#include "support/taker.h"
#include "sys/cpu.h"
#include "vm/nodes.h"
#include "vm/only_where.h"

namespace zest::test {
namespace {

[[maybe_unused]] const bool can_run =
    only_where(cpu_of_each_node().size() > 1, "there is one NUMA node");

constexpr io::BufferOptions buffers{.count = 64, .size = 16'384};

// All the pool's memory, once each buffer has been received into.
std::set<int> nodes_of_used_buffers(io::BackendKind kind) {
  const Pair pair = tcp_pair();
  const auto loop = make_loop(kind, buffers);
  const std::string text = pattern(buffers.size);
  Taker taker(*loop);
  taker.keeps_buffers = true;
  loop->recv_pooled(taker.op, pair.near.get());
  while (loop->buffers()->available() > 0) {
    const size_t before = taker.kept.size();
    write_all(pair.far, text);
    if (!turn_until(*loop, [&] { return taker.kept.size() > before; })) return {};
  }
  const std::byte* begin = loop->buffers()->at(0);
  const std::byte* end = loop->buffers()->at(buffers.count - 1) + buffers.size;
  const std::set<int> nodes = nodes_of({begin, end});
  taker.kept.clear();
  return nodes;
}

void in_thread_on(int cpu, bool says_so, const std::function<void()>& body) {
  std::jthread([&] {
    CHECK(sys::pin_thread(cpu));
    if (says_so) CHECK(sys::prefer_node(sys::node_of_cpu(cpu)));
    body();
  });
}

TEST_CASE("receive buffers are on the node of the thread that makes their loop") {
  on_each_backend([](io::BackendKind kind) {
    for (const bool says_so : {true, false})  // a worker that is only pinned has local memory, too
      for (const int cpu : cpu_of_each_node()) {
        CAPTURE(cpu);
        in_thread_on(cpu, says_so, [&] {
          CHECK(nodes_of_used_buffers(kind) == std::set<int>{sys::node_of_cpu(cpu)});
        });
      }
  });
}

// What the kernel does with new memory of each thread of this name.
std::multiset<std::string> policies_of_threads(const std::string& name) {
  std::multiset<std::string> policies;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string comm, address, policy;
    std::ifstream(task.path() / "comm") >> comm;
    if (comm != name) continue;
    std::ifstream(task.path() / "numa_maps") >> address >> policy;
    policies.insert(policy);
  }
  return policies;
}

TEST_CASE("each pinned acceptor thread takes its memory from its node, and says so") {
  on_each_backend([](io::BackendKind kind) {
    Settings settings = settings_for(kind);
    settings.pin_cpus = true;
    Host host(one(on("127.0.0.1:0")), settings);
    std::multiset<std::string> expected;
    for (size_t i = 0; i < 2; ++i) {
      CHECK(host.row(i).numa_node == sys::node_of_cpu(host.row(i).cpu));
      expected.insert("prefer:" + std::to_string(host.row(i).numa_node));
    }
    CHECK(std::set(expected.begin(), expected.end()).size() == 2);
    CHECK(policies_of_threads("zest-acceptor-1") == expected);
  });
}

}  // namespace
}  // namespace zest::test
