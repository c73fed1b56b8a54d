// A real client as a process, while our loop serves it.
#pragma once

#include <string>
#include <vector>

#include "io/loop.h"

namespace zest::test {

struct Program {
  int exit_code = -1;
  std::string said;  // on both of its outputs
};

// Runs it with these on its standard input, a moment between them; the loop turns until it has
// ended.
Program run_program(io::Loop& loop, const std::vector<std::string>& words,
                    const std::vector<std::string>& inputs = {});

}  // namespace zest::test
