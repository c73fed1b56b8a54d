// A piece of a test in a process of its own: for what forks, dies, or changes its process for good.
#pragma once

#include <functional>

namespace zest::test {

struct ChildEnd {
  int exit_code = -1;  // -1: ended by a signal
  int signal = 0;
};

// The body's answer is the child's exit code. Its standard error is closed if it is to die.
ChildEnd in_child(const std::function<int()>& body);
bool dies(const std::function<void()>& body);  // by abort() or a sanitizer's report

}  // namespace zest::test
