#include "sys/cpu.h"

#include <dirent.h>
#include <linux/mempolicy.h>
#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <climits>
#include <ctime>
#include <memory>
#include <string_view>

#include "base/clock.h"
#include "sys/fault.h"

namespace zest::sys {
namespace {

constexpr size_t cpus_max = 8192;  // the kernel's own limit (NR_CPUS)

struct FreeCpuSet {
  void operator()(cpu_set_t* set) const { CPU_FREE(set); }
};
using CpuSet = std::unique_ptr<cpu_set_t, FreeCpuSet>;

}  // namespace

Result<std::vector<int>> allowed_cpus() {
  if (int error = fault::at("sched_getaffinity", EINVAL))
    return fail_errno(error, "sched_getaffinity");
  const size_t size = CPU_ALLOC_SIZE(cpus_max);
  const CpuSet set(CPU_ALLOC(cpus_max));
  if (!set) return fail_errno(ENOMEM, "sched_getaffinity");
  CPU_ZERO_S(size, set.get());
  if (::sched_getaffinity(0, size, set.get()) != 0) return fail_errno(errno, "sched_getaffinity");
  std::vector<int> cpus;
  for (size_t cpu = 0; cpu < cpus_max; ++cpu)
    if (CPU_ISSET_S(cpu, size, set.get())) cpus.push_back(static_cast<int>(cpu));
  return cpus;
}

int node_of_cpu(int cpu) {
  Text<64> path;
  path.append("/sys/devices/system/cpu/cpu%d", cpu);
  DIR* directory = ::opendir(path.c_str());
  if (!directory) return -1;
  int node = -1;
  while (const dirent* entry = ::readdir(directory)) {
    const std::string_view name = entry->d_name;
    if (!name.starts_with("node")) continue;
    std::from_chars(name.data() + 4, name.data() + name.size(), node);
    break;
  }
  ::closedir(directory);
  return node;
}

Result<void> pin_thread(int cpu) {
  int error = fault::at("sched_setaffinity", EINVAL);
  const size_t size = CPU_ALLOC_SIZE(cpus_max);
  const CpuSet set(CPU_ALLOC(cpus_max));
  if (!set) error = ENOMEM;
  if (error == 0) {
    CPU_ZERO_S(size, set.get());
    CPU_SET_S(static_cast<size_t>(cpu), size, set.get());
    if (::sched_setaffinity(0, size, set.get()) != 0) error = errno;
  }
  if (error) return fail_errno(error, "pin thread to CPU %d", cpu);
  return {};
}

Result<void> prefer_node(int node) {
  constexpr unsigned bits = sizeof(unsigned long) * CHAR_BIT;
  unsigned long nodes[1024 / bits] = {};
  int error = fault::at("set_mempolicy", EPERM);
  if (error == 0 && static_cast<unsigned>(node) >= 1024) error = EINVAL;
  if (error == 0) {
    nodes[static_cast<unsigned>(node) / bits] |= 1UL << (static_cast<unsigned>(node) % bits);
    if (::syscall(SYS_set_mempolicy, MPOL_PREFERRED, nodes, 1024 + 1) != 0) error = errno;
  }
  if (error) return fail_errno(error, "prefer memory of NUMA node %d", node);
  return {};
}

Result<void> give_way(bool gives) {
  if (::sched_getscheduler(0) != (gives ? SCHED_OTHER : SCHED_BATCH)) return {};
  const sched_param unused{};
  int error = fault::at("sched_setscheduler", EPERM);
  if (error == 0 && ::sched_setscheduler(0, gives ? SCHED_BATCH : SCHED_OTHER, &unused) != 0)
    error = errno;
  if (error) return fail_errno(error, "sched_setscheduler");
  return {};
}

int64_t thread_cpu_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * ns_per_s + time.tv_nsec;
}

void name_thread(const char* name) {
  // PR_SET_NAME cuts at 15 bytes by itself; pthread_setname_np would refuse a longer name.
  ::prctl(PR_SET_NAME, name, 0, 0, 0);
}

}  // namespace zest::sys
