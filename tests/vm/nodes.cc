#include "vm/nodes.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <map>

#include "sys/cpu.h"

namespace zest::test {

std::vector<int> cpu_of_each_node() {
  std::map<int, int> cpus;
  for (const int cpu : sys::allowed_cpus().value_or(std::vector<int>()))
    cpus.try_emplace(sys::node_of_cpu(cpu), cpu);
  std::vector<int> one_each;
  for (const auto& [node, cpu] : cpus)
    if (node >= 0) one_each.push_back(cpu);
  return one_each;
}

std::set<int> nodes_of(std::span<const std::byte> memory) {
  const auto page = static_cast<uintptr_t>(::getpagesize());
  const auto begin = reinterpret_cast<uintptr_t>(memory.data()) & ~(page - 1);
  const auto end = reinterpret_cast<uintptr_t>(memory.data()) + memory.size();
  std::vector<void*> pages;
  for (uintptr_t at = begin; at < end; at += page) pages.push_back(reinterpret_cast<void*>(at));
  std::vector<int> status(pages.size(), -1);
  // Without target nodes it moves nothing, and tells.
  if (::syscall(SYS_move_pages, 0, pages.size(), pages.data(), nullptr, status.data(), 0) != 0)
    return {-1};
  return {status.begin(), status.end()};
}

}  // namespace zest::test
