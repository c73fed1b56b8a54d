// Every test of io/ and above runs on both backends:
//
//   TEST_CASE("...") { on_each_backend([](BackendKind kind) { ... }); }
//
// Where io_uring is refused (the run under a seccomp filter) the io_uring pass is left out, and the
// environment must say that this is expected: ZEST_EXPECT_BACKEND=epoll.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "io/loop.h"

namespace zest::test {

void on_each_backend(const std::function<void(io::BackendKind)>& body);
std::vector<io::BackendKind> backends();

// A loop that belongs to the calling thread.
std::unique_ptr<io::Loop> make_loop(io::BackendKind kind, io::BufferOptions buffers = {},
                                    uint32_t submissions = 64, uint32_t completions = 256);

// Turns until the condition holds. False after 20 s, or, once a fault was injected, when nothing
// happens any more.
bool turn_until(io::Loop& loop, const std::function<bool()>& condition);

// The same for what must come even after a fault: the end of a cancelled op.
bool turn_to_end(io::Loop& loop, const std::function<bool()>& condition);

// Handles what is ready now, and does not wait.
void turn_briefly(io::Loop& loop);

const Clock& system_clock();

}  // namespace zest::test
