#include "check.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "support.h"

enum { seconds_max = 240 };

static const char* program;
static unsigned failures;
static unsigned checks;

static void* do_nothing(void* nothing) { return nothing; }

void check_begin(const char* path) {
  const char* slash = strrchr(path, '/');
  program = slash ? slash + 1 : path;
  setvbuf(stdout, NULL, _IOLBF, 0);
  alarm(seconds_max);
  /* A sanitizer starts a thread of its own with the first one. */
  pthread_t first;
  REQUIRE(pthread_create(&first, NULL, do_nothing, NULL) == 0);
  pthread_join(first, NULL);
}

int check_end(void) {
  printf("%s: %u checks, %u failed\n", program, checks, failures);
  return failures ? 1 : 0;
}

int check_failures(void) { return (int)failures; }

void check_that(int good, const char* file, int line, const char* what) {
  __atomic_fetch_add(&checks, 1, __ATOMIC_RELAXED);
  if (good) return;
  __atomic_fetch_add(&failures, 1, __ATOMIC_RELAXED);
  printf("%s:%d: not so: %s\n", file, line, what);
}

void check_status(zest_status expected, zest_status got, const char* file, int line,
                  const char* what) {
  check_that(expected == got, file, line, what);
  if (expected != got)
    printf("  %s (%d) instead of %s\n", zest_status_string(got), got, zest_status_string(expected));
}

void check_contains(const char* text, const char* part, const char* file, int line) {
  const int good = strstr(text, part) != NULL;
  check_that(good, file, line, part);
  if (!good) printf("  is not in \"%s\"\n", text);
}

static int settles(size_t (*count)(void), size_t expected) {
  for (int i = 0; i < 1000; ++i) {
    if (count() == expected) return 1;
    usleep(2000);
  }
  return 0;
}

void check_run(const char* name, void (*test)(void)) {
  const size_t fds = open_fds();
  const size_t threads = open_threads();
  const unsigned before = failures;
  test();
  /* The kernel ends threads and rings a moment after they are joined or closed. */
  check_that(settles(open_fds, fds), name, 0, "as many fds after it as before");
  check_that(settles(open_threads, threads), name, 0, "as many threads after it as before");
  printf("%s %s\n", failures == before ? "ok  " : "BAD ", name);
}

void check_skip(const char* reason) {
  printf("skipped: %s\n", reason);
  exit(77);
}

void check_skip_one(const char* reason) { printf("skipped: %s\n", reason); }
