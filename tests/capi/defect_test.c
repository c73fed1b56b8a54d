/* An exception inside that is none of memory: it ends in the call that it was thrown in, as
 * ZEST_INTERNAL, and leaves nothing behind. */
#include "defect.h"

#include <string.h>
#include <unistd.h>

#include "support.h"

static zest_service* service;
static zest_report* report;
static zest_error error;

/* Shards: the calls do all by themselves, in this thread. */
static zest_status listen_once(void) {
  zest_listener_config config = ZEST_LISTENER_CONFIG_INIT;
  config.address = "127.0.0.1:0";
  zest_settings settings = ZEST_SETTINGS_INIT;
  settings.flags = ZEST_SHARDS;
  settings.threads_per_address = 1;
  const zest_status status = zest_listen(&config, 1, &settings, &service, &report, &error);
  if (status == ZEST_INTERNAL) {
    CHECK(error.code == ZEST_INTERNAL && service == NULL && report == NULL);
    CHECK_CONTAINS(error.message, "unexpected exception");
  }
  return status;
}

static zest_status listen_and_stop(void) {
  const zest_status status = listen_once();
  CHECK_STATUS(ZEST_OK, zest_report_free(&report));
  CHECK_STATUS(ZEST_OK, zest_service_free(&service));
  return status;
}

static zest_status write_report(void) {
  char text[4096];
  return zest_report_text(report, text, sizeof text, NULL);
}

static void a_start_survives_its_defects(void) { CHECK_DEFECTS(listen_and_stop); }

static void a_look_survives_its_defects(void) {
  CHECK_STATUS(ZEST_OK, listen_once());
  CHECK_DEFECTS(write_report);
  CHECK_STATUS(ZEST_OK, zest_report_free(&report));
  CHECK_STATUS(ZEST_OK, zest_service_free(&service));
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  RUN(a_start_survives_its_defects);
  RUN(a_look_survives_its_defects);
  return check_end();
}
