// CPUs, NUMA nodes, and where a thread runs. The few numbers needed are read from /sys and set with
// plain system calls: libnuma keeps globals and reads the machine when it is loaded, which a
// library inside somebody else's process must not.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"

namespace zest::sys {

// The CPUs that the calling thread may run on, in order.
Result<std::vector<int>> allowed_cpus();

// The NUMA node of a CPU; -1 where the kernel does not tell.
int node_of_cpu(int cpu);

// The calling thread, from now on: one CPU; memory from one node where there is any; a name of at
// most 15 bytes, the rest cut off.
Result<void> pin_thread(int cpu);
Result<void> prefer_node(int node);
void name_thread(const char* name);

// Whether the calling thread lets whoever runs on its CPU go on, up to a tick, when it wakes up
// (SCHED_BATCH), or may interrupt them as usual. A thread of another policy keeps it.
Result<void> give_way(bool gives);

// The CPU time that the calling thread has taken.
int64_t thread_cpu_ns();

}  // namespace zest::sys
