// CPUs, NUMA nodes, and where a thread runs.
#include "sys/cpu.h"

#include <doctest/doctest.h>
#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <ctime>
#include <string>
#include <thread>

namespace zest::sys {
namespace {

// What a thread is told about itself must not change the others.
template <typename Body>
void in_thread(Body body) {
  std::thread(body).join();
}

std::string own_name() {
  char name[16] = "";
  pthread_getname_np(pthread_self(), name, sizeof name);
  return name;
}

TEST_CASE("the CPUs that a thread may use are known, in order") {
  const auto cpus = allowed_cpus();
  REQUIRE(cpus);
  CHECK_FALSE(cpus->empty());
  CHECK(std::is_sorted(cpus->begin(), cpus->end()));
  cpu_set_t set;
  CPU_ZERO(&set);
  REQUIRE(sched_getaffinity(0, sizeof set, &set) == 0);
  CHECK(static_cast<size_t>(CPU_COUNT(&set)) == cpus->size());
}

TEST_CASE("a pinned thread stays on its CPU") {
  const auto cpus = allowed_cpus();
  REQUIRE(cpus);
  for (const int cpu : *cpus)
    in_thread([&] {
      const bool pinned = pin_thread(cpu).has_value();
      CHECK(pinned);
      if (pinned) CHECK(sched_getcpu() == cpu);
    });
}

TEST_CASE("a CPU that there is not is an error that names it") {
  for (const int cpu : {-1, 8191, 8192, 1 << 20})
    in_thread([&] {
      const auto pinned = pin_thread(cpu);
      CHECK_FALSE(pinned);
      if (!pinned)
        CHECK(pinned.error().message.view().find("CPU " + std::to_string(cpu)) !=
              std::string::npos);
    });
}

TEST_CASE("a thread gives way, and takes that back; one of another policy keeps it") {
  in_thread([] {
    CHECK(give_way(true));
    CHECK(sched_getscheduler(0) == SCHED_BATCH);
    CHECK(give_way(false));
    CHECK(sched_getscheduler(0) == SCHED_OTHER);
  });
  in_thread([] {
    const sched_param unused{};
    const bool idle = sched_setscheduler(0, SCHED_IDLE, &unused) == 0;
    CHECK(idle);
    for (const bool gives : {true, false}) {
      CHECK(give_way(gives));
      if (idle) CHECK(sched_getscheduler(0) == SCHED_IDLE);
    }
  });
}

TEST_CASE("a thread's CPU time grows while it works, and not while it sleeps") {
  const int64_t before_ns = thread_cpu_ns();
  while (thread_cpu_ns() - before_ns < 1'000'000) {
  }
  in_thread([before_ns] { CHECK(thread_cpu_ns() < before_ns + 1'000'000); });
  const int64_t asleep_ns = thread_cpu_ns();
  const timespec pause{.tv_sec = 0, .tv_nsec = 50'000'000};
  nanosleep(&pause, nullptr);
  CHECK(thread_cpu_ns() - asleep_ns < 40'000'000);
}

TEST_CASE("a CPU's node is a number, or -1 where the kernel does not tell") {
  CHECK(node_of_cpu(0) >= -1);
  CHECK(node_of_cpu(1 << 20) == -1);
  CHECK(node_of_cpu(-1) == -1);
}

TEST_CASE("memory is preferred from a node that there is") {
  in_thread([] {
    const auto preferred = prefer_node(0);
    // A kernel without NUMA, or a container that forbids it, says so.
    if (!preferred) CHECK(preferred.error().os_errno != 0);
    for (const int node : {-1, 1024, 1 << 20}) {
      const auto none = prefer_node(node);
      CHECK_FALSE(none);
    }
  });
}

TEST_CASE("a thread's name is cut at 15 bytes") {
  in_thread([] {
    name_thread("short");
    CHECK(own_name() == "short");
    name_thread("zest-acceptor-127.0.0.1-80-0");
    CHECK(own_name() == "zest-acceptor-1");
  });
}

}  // namespace
}  // namespace zest::sys
