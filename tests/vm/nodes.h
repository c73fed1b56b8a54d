// Where memory is: which NUMA node each page of it is on.
#pragma once

#include <cstddef>
#include <set>
#include <span>
#include <vector>

namespace zest::test {

// One CPU of each node that this process may run on.
std::vector<int> cpu_of_each_node();

// The nodes of all its pages; negative where there is no page yet.
std::set<int> nodes_of(std::span<const std::byte> memory);

}  // namespace zest::test
