// For programs that are about something which not every kernel has.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace zest::test {

// At namespace scope: where it is not there the program is skipped as a whole, and says why.
inline bool only_where(bool there, const char* missing) {
  if (there) return true;
  printf("skipped: %s\n", missing);
  exit(77);
}

}  // namespace zest::test
