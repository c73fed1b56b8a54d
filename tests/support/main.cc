// The main of every C++ test program: doctest's own, plus a check after each case that it left no
// file descriptor and no thread behind, and the torture mode (torture.h).
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include "support/leftovers.h"
#include "support/torture.h"

int main(int argc, char** argv) {
  if (zest::test::torture_wanted(argc, argv)) return zest::test::torture(argc, argv);
  doctest::Context context(argc, argv);
  const int result = context.run();
  return result;
}
