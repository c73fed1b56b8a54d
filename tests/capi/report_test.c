/* The setup report: its rows, and its text in a place of any size. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "listen_checks.h"
#include "support.h"

static zest_service* start_three(zest_report** report) {
  const zest_listener_config configs[] = {listener(1, "127.0.0.1:0"), listener(2, "192.0.2.1:80"),
                                          listener(3, "unix:@zest-report-test")};
  zest_settings settings = ZEST_SETTINGS_INIT;
  settings.threads_per_address = 2;
  settings.backlog = 77;
  settings.flags = ZEST_PIN_CPUS;
  zest_service* service = NULL;
  REQUIRE(zest_listen(configs, 3, &settings, &service, report, NULL) == ZEST_OK);
  return service;
}

static void a_row_per_socket_in_the_order_of_the_configs(void) {
  zest_report* report = NULL;
  zest_service* service = start_three(&report);
  size_t count = 0;
  CHECK_STATUS(ZEST_OK, zest_report_count(report, &count));
  REQUIRE(count == 4); /* two for the first address, one each for the others */
  static const uint64_t ids[] = {1, 1, 2, 3};
  for (size_t i = 0; i < count; ++i) CHECK(row_of(report, i).listener_id == ids[i]);
  for (size_t i = 0; i < 2; ++i) {
    const zest_report_row row = row_of(report, i);
    CHECK(row.status == ZEST_OK && row.os_errno == 0 && row.protocol == ZEST_TCP);
    CHECK(row.reuseport == 1 && row.shard == i && row.address.port != 0);
    CHECK(row.backend == ZEST_BACKEND_IO_URING || row.backend == ZEST_BACKEND_EPOLL);
    CHECK(row.backlog_asked == 77 && row.backlog_effective == 77);
    CHECK(row.cpu >= 0);
    char name[80];
    snprintf(name, sizeof name, "zest-acceptor-127.0.0.1-%u-%zu", row.address.port, i);
    CHECK(strcmp(row.thread_name, name) == 0);
  }
  CHECK(row_of(report, 0).address.port == row_of(report, 1).address.port);
  CHECK(row_of(report, 2).status == ZEST_ADDRESS_NOT_AVAILABLE);
  CHECK(row_of(report, 3).protocol == ZEST_UNIX && row_of(report, 3).backlog_effective == 0);
  stop(service);
  /* It outlives its service. */
  CHECK(row_of(report, 3).listener_id == 3);
  CHECK_STATUS(ZEST_OK, zest_report_free(&report));
  CHECK(report == NULL);
}

static void rows_out_of_range_and_of_odd_sizes(void) {
  zest_report* report = NULL;
  zest_service* service = start_three(&report);
  zest_report_row row = ZEST_REPORT_ROW_INIT;
  row.note[0] = '#';
  CHECK_STATUS(ZEST_INVALID_ARGUMENT, zest_report_row_get(report, 4, &row));
  CHECK_STATUS(ZEST_INVALID_ARGUMENT, zest_report_row_get(report, SIZE_MAX, &row));
  CHECK_STATUS(ZEST_NULL_ARGUMENT, zest_report_row_get(report, 0, NULL));
  CHECK_STATUS(ZEST_NULL_ARGUMENT, zest_report_count(report, NULL));
  for (uint32_t size = 0; size < sizeof row; size += 8) {
    row.struct_size = size;
    CHECK_STATUS(ZEST_UNSUPPORTED, zest_report_row_get(report, 0, &row));
  }
  CHECK(row.note[0] == '#');
  struct {
    zest_report_row row;
    uint64_t later[4];
  } large;
  memset(&large, 0x5a, sizeof large);
  large.row.struct_size = sizeof large - 8;
  CHECK_STATUS(ZEST_OK, zest_report_row_get(report, 2, &large.row));
  CHECK(large.row.struct_size == sizeof large - 8);
  CHECK(large.later[0] == 0 && large.later[2] == 0);
  CHECK(large.later[3] == 0x5a5a5a5a5a5a5a5a);
  CHECK_STATUS(ZEST_OK, zest_report_free(&report));
  stop(service);
}

static void the_text_fits_or_says_how_much_it_needs(void) {
  zest_report* report = NULL;
  zest_service* service = start_three(&report);
  size_t needed = 0;
  CHECK_STATUS(ZEST_INVALID_ARGUMENT, zest_report_text(report, NULL, 0, &needed));
  REQUIRE(needed > 100);
  char* whole = malloc(needed);
  CHECK_STATUS(ZEST_OK, zest_report_text(report, whole, needed, NULL));
  CHECK(strlen(whole) + 1 == needed);
  CHECK_CONTAINS(whole, "listener");
  CHECK_CONTAINS(whole, "192.0.2.1:80");
  CHECK_CONTAINS(whole, "no interface has this address");
  CHECK_CONTAINS(whole, "unix:@zest-report-test");
  CHECK_CONTAINS(whole, "kernel ");
  for (size_t size = 0; size <= needed + 3; size += size < 10 || size + 10 > needed ? 1 : 7) {
    char* part = malloc(size + 1); /* what is written beyond it, ASan sees */
    part[size] = '#';
    size_t asked = 0;
    CHECK_STATUS(size >= needed ? ZEST_OK : ZEST_INVALID_ARGUMENT,
                 zest_report_text(report, part, size, &asked));
    CHECK(asked == needed && part[size] == '#');
    const size_t kept = size >= needed ? needed - 1 : size - 1;
    if (size > 0) CHECK(strlen(part) == kept && strncmp(part, whole, kept) == 0);
    free(part);
  }
  CHECK_STATUS(ZEST_NULL_ARGUMENT, zest_report_text(report, NULL, 10, &needed));
  free(whole);
  CHECK_STATUS(ZEST_OK, zest_report_free(&report));
  stop(service);
}

static zest_status text_of(void* report) {
  char text[4096];
  return zest_report_text(report, text, sizeof text, NULL);
}

static void any_thread_may_read_it(void) {
  zest_report* report = NULL;
  zest_service* service = start_three(&report);
  CHECK_STATUS(ZEST_OK, in_thread(text_of, report));
  CHECK_STATUS(ZEST_OK, zest_report_free(&report));
  stop(service);
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  RUN(a_row_per_socket_in_the_order_of_the_configs);
  RUN(rows_out_of_range_and_of_odd_sizes);
  RUN(the_text_fits_or_says_how_much_it_needs);
  RUN(any_thread_may_read_it);
  return check_end();
}
