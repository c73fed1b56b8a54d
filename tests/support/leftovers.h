// What a test must not leave behind.
#pragma once

#include <cstddef>

namespace zest::test {

size_t open_fds();
size_t threads();
size_t allocated_bytes();  // of the heap, by the process

// Waits (bounded) until `count()` is what it was: the kernel ends threads and rings a moment after
// they are joined or closed.
bool settles(size_t (*count)(), size_t expected);

}  // namespace zest::test
