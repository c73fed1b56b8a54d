/* CHECK_DEFECTS(call): again and again, each time with another allocation inside throwing what
 * nobody expects, until none is left to throw. The call, which answers a status, answers
 * ZEST_INTERNAL; else it is as it ever was. */
#ifndef ZEST_TESTS_CAPI_DEFECT_H
#define ZEST_TESTS_CAPI_DEFECT_H

#include <stdio.h>

#include "check.h"
#include "fault_shim.h"

static void check_defects(const char* name, zest_status (*call)(void)) {
  zest_status status;
  int thrown;
  unsigned runs = 0;
  do {
    fault_throw(++runs);
    status = call();
    thrown = fault_thrown();
    fault_throw(0);
    CHECK_STATUS(thrown ? ZEST_INTERNAL : ZEST_OK, status);
  } while (thrown && runs < 100000);
  CHECK(runs > 1 && !fault_leaks());
  printf("%s: %u defects\n", name, runs - 1);
}
#define CHECK_DEFECTS(call) check_defects(#call, call)

#endif
