#include "listen_checks.h"

#include <string.h>

#include "check.h"
#include "support.h"

static zest_service* const untouched = (zest_service*)0x10;

zest_listener_config listener(uint64_t id, const char* address) {
  zest_listener_config config = ZEST_LISTENER_CONFIG_INIT;
  config.listener_id = id;
  config.address = address;
  return config;
}

zest_listener_config adopting(uint64_t id, int fd) {
  zest_listener_config config = listener(id, NULL);
  config.flags = ZEST_LISTENER_ADOPT_FD;
  config.fd = fd;
  return config;
}

void refused(zest_status expected, const zest_listener_config* configs, size_t count,
             const zest_settings* settings, const char* words) {
  zest_service* service = untouched;
  zest_report* report = (zest_report*)untouched;
  zest_error error;
  memset(&error, 0x5a, sizeof error);
  CHECK_STATUS(expected, zest_listen(configs, count, settings, &service, &report, &error));
  CHECK(service == untouched);
  CHECK(report == NULL);
  CHECK(error.code == expected);
  CHECK(memchr(error.message, 0, sizeof error.message) != NULL);
  CHECK_CONTAINS(error.message, words);
  /* Nobody has to want the report or the message. */
  CHECK_STATUS(expected, zest_listen(configs, count, settings, &service, NULL, NULL));
}

void failed(zest_status expected, int os_errno, const zest_listener_config* config,
            const char* cause, const char* cure) {
  zest_service* service = untouched;
  zest_report* report = NULL;
  zest_error error;
  zest_settings settings = ZEST_SETTINGS_INIT;
  settings.threads_per_address = 1;
  CHECK_STATUS(expected, zest_listen(config, 1, &settings, &service, &report, &error));
  CHECK(service == untouched);
  CHECK(error.code == expected);
  CHECK(error.os_errno == os_errno);
  CHECK_CONTAINS(error.message, "listener 42 on ");
  CHECK_CONTAINS(error.message, cause);
  CHECK_CONTAINS(error.message, cure);
  REQUIRE(report != NULL);
  const zest_report_row row = row_of(report, 0);
  CHECK(row.status == expected && row.os_errno == os_errno && row.listener_id == 42);
  CHECK(strcmp(row.note, error.message) == 0);
  CHECK_STATUS(ZEST_OK, zest_report_free(&report));
}
