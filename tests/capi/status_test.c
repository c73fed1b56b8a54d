/* Every status has its number, for ever, and its name. */
#include <string.h>

#include "check.h"

static const struct {
  zest_status status;
  int number;
  const char* name;
} all[] = {
    {ZEST_OK, 0, "ZEST_OK"},
    {ZEST_TIMED_OUT, 1, "ZEST_TIMED_OUT"},
    {ZEST_CLOSED, 2, "ZEST_CLOSED"},
    {ZEST_LISTENER_FAILED, 3, "ZEST_LISTENER_FAILED"},
    {ZEST_NEED_MORE, 4, "ZEST_NEED_MORE"},
    {ZEST_WANT_READ, 5, "ZEST_WANT_READ"},
    {ZEST_WANT_WRITE, 6, "ZEST_WANT_WRITE"},
    {ZEST_NULL_ARGUMENT, 100, "ZEST_NULL_ARGUMENT"},
    {ZEST_INVALID_ARGUMENT, 101, "ZEST_INVALID_ARGUMENT"},
    {ZEST_UNSUPPORTED, 102, "ZEST_UNSUPPORTED"},
    {ZEST_BAD_ADDRESS, 103, "ZEST_BAD_ADDRESS"},
    {ZEST_DUPLICATE_LISTENER, 104, "ZEST_DUPLICATE_LISTENER"},
    {ZEST_WRONG_THREAD, 105, "ZEST_WRONG_THREAD"},
    {ZEST_WRONG_MODE, 106, "ZEST_WRONG_MODE"},
    {ZEST_FORKED, 107, "ZEST_FORKED"},
    {ZEST_ADDRESS_IN_USE, 200, "ZEST_ADDRESS_IN_USE"},
    {ZEST_ADDRESS_NOT_AVAILABLE, 201, "ZEST_ADDRESS_NOT_AVAILABLE"},
    {ZEST_PERMISSION_DENIED, 202, "ZEST_PERMISSION_DENIED"},
    {ZEST_OUT_OF_FDS, 203, "ZEST_OUT_OF_FDS"},
    {ZEST_OUT_OF_MEMORY, 204, "ZEST_OUT_OF_MEMORY"},
    {ZEST_SYSTEM, 205, "ZEST_SYSTEM"},
    {ZEST_BAD_MESSAGE, 206, "ZEST_BAD_MESSAGE"},
    {ZEST_REFUSED, 207, "ZEST_REFUSED"},
    {ZEST_LIMIT_REACHED, 208, "ZEST_LIMIT_REACHED"},
    {ZEST_TLS_FAILED, 400, "ZEST_TLS_FAILED"},
    {ZEST_TLS_TRUNCATED, 401, "ZEST_TLS_TRUNCATED"},
    {ZEST_TLS_NOT_TLS, 402, "ZEST_TLS_NOT_TLS"},
    {ZEST_INTERNAL, 500, "ZEST_INTERNAL"},
};
enum { count = sizeof all / sizeof all[0] };

static void each_status_has_its_number_and_name(void) {
  for (int i = 0; i < count; ++i) {
    CHECK(all[i].status == all[i].number);
    CHECK(strcmp(zest_status_string(all[i].status), all[i].name) == 0);
  }
}

static int known(int number) {
  for (int i = 0; i < count; ++i)
    if (all[i].number == number) return 1;
  return 0;
}

static void no_other_number_has_one(void) {
  for (int number = -300; number < 1000; ++number)
    if (!known(number)) CHECK(strcmp(zest_status_string(number), "unknown status") == 0);
  CHECK(strcmp(zest_status_string(INT32_MAX), "unknown status") == 0);
  CHECK(strcmp(zest_status_string(INT32_MIN), "unknown status") == 0);
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  RUN(each_status_has_its_number_and_name);
  RUN(no_other_number_has_one);
  return check_end();
}
