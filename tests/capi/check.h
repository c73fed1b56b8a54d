/* The whole test framework. CHECK says what failed and where, counts it, and goes on; REQUIRE ends
 * the program. RUN names a test and sees that it leaves no fd and no thread behind. */
#ifndef ZEST_TESTS_CAPI_CHECK_H
#define ZEST_TESTS_CAPI_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <zest/zest.h>

/* First in main: bounds the program's time. Last: return check_end(). */
void check_begin(const char* program);
int check_end(void);

int check_failures(void);
void check_that(int good, const char* file, int line, const char* what);
void check_status(zest_status expected, zest_status got, const char* file, int line,
                  const char* what);
void check_contains(const char* text, const char* part, const char* file, int line);
void check_run(const char* name, void (*test)(void));

#define CHECK(condition) check_that(!!(condition), __FILE__, __LINE__, #condition)
#define CHECK_STATUS(expected, call) check_status(expected, call, __FILE__, __LINE__, #call)
#define CHECK_CONTAINS(text, part) check_contains(text, part, __FILE__, __LINE__)
#define REQUIRE(condition) \
  do { \
    if (!(condition)) { \
      check_that(0, __FILE__, __LINE__, #condition); \
      fprintf(stderr, "cannot go on\n"); \
      exit(1); \
    } \
  } while (0)
#define RUN(test) check_run(#test, test)

/* What this machine can't do: the whole program (exit 77), or one test of it. */
_Noreturn void check_skip(const char* reason);
void check_skip_one(const char* reason);

#endif
