/* TORTURE(scenario): again and again, each time with another fallible call failing, until none is
 * left. After each run fds and threads are as before, and now and then there is no leak. */
#ifndef ZEST_TESTS_CAPI_TORTURE_H
#define ZEST_TESTS_CAPI_TORTURE_H

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "fault_shim.h"
#include "support.h"

enum { run_seconds_max = 20, leak_check_every = 20 };

static int is_status(zest_status status) {
  return strcmp(zest_status_string(status), "unknown status") != 0;
}

/* What a failed call may be answered with. */
static int is_failure(zest_status status) {
  return status >= ZEST_ADDRESS_IN_USE && status < ZEST_INTERNAL && is_status(status);
}

/* No more than before. Fewer can be: before may have counted what an origin took a moment late. */
static int settles(size_t fds, size_t threads) {
  for (int i = 0; i < 1000; ++i) {
    if (open_fds() <= fds && open_threads() <= threads) return 1;
    usleep(2000);
  }
  return 0;
}

/* One run; 0 if the call was never made. */
static int run_with_fault(void (*scenario)(void), uint64_t n, uint32_t variant) {
  const size_t fds = open_fds();
  const size_t threads = open_threads();
  const int before = check_failures();
  alarm(run_seconds_max);
  fault_arm(n, variant);
  scenario();
  const char* fired = fault_fired();
  fault_arm(0, 0);
  CHECK(settles(fds, threads));
  if (n % leak_check_every == 0) CHECK(!fault_leaks());
  if (check_failures() != before)
    printf("  with call %d (%s, variant %u) failing\n", (int)n, fired ? fired : "none", variant);
  return fired != NULL;
}

/* Threads make their calls in no fixed order: three in a row that were never made are the end. */
static void torture(const char* name, void (*scenario)(void)) {
  unsigned runs = 0;
  for (uint64_t n = 1, missed = 0; missed < 3; ++n) {
    missed = run_with_fault(scenario, n, 0) ? 0 : missed + 1;
    if (missed > 0) continue;
    ++runs;
    const uint32_t variants = fault_variants();
    for (uint32_t variant = 1; variant < variants; ++variant)
      runs += (unsigned)run_with_fault(scenario, n, variant);
  }
  CHECK(!fault_leaks());
  printf("%s: %u runs\n", name, runs);
}
#define TORTURE(scenario) torture(#scenario, scenario)

#endif
