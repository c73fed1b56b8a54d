/* The version is one number, wherever it is written. */
#include <stdio.h>
#include <string.h>

#include "check.h"

static void the_number_is_made_of_its_parts(void) {
  CHECK(ZEST_VERSION_NUMBER ==
        ((ZEST_VERSION_MAJOR << 16) | (ZEST_VERSION_MINOR << 8) | ZEST_VERSION_PATCH));
  CHECK(ZEST_VERSION_MAJOR < 256 && ZEST_VERSION_MINOR < 256 && ZEST_VERSION_PATCH < 256);
}

static void the_library_has_the_version_of_its_header(void) {
  CHECK(zest_version() == ZEST_VERSION_NUMBER);
}

static void the_project_has_the_version_of_its_header(void) {
  char text[32];
  snprintf(text, sizeof text, "%d.%d.%d", ZEST_VERSION_MAJOR, ZEST_VERSION_MINOR,
           ZEST_VERSION_PATCH);
  CHECK(strcmp(text, ZEST_PROJECT_VERSION) == 0);
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  RUN(the_number_is_made_of_its_parts);
  RUN(the_library_has_the_version_of_its_header);
  RUN(the_project_has_the_version_of_its_header);
  return check_end();
}
