#include "base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace zest {

void assert_failed(const char* condition, const char* file, int line) {
  fprintf(stderr, "zest: %s:%d: invariant broken: %s\n", file, line, condition);
  abort();
}

}  // namespace zest
