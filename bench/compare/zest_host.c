#include "zest_host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static _Atomic int takers;

static void fatal_zest(const char *what, zest_status status, const zest_error *error) {
  fprintf(stderr, "%s: %s: %s\n", what, zest_status_string(status), error ? error->message : "");
  exit(1);
}

void batch_init(batch *b) {
  b->count = 0;
  for (int i = 0; i < BATCH; i++) b->items[i] = (zest_connection)ZEST_CONNECTION_INIT;
}

bool has_word(const char *words, const char *word) {
  size_t size = strlen(word);
  for (const char *at = words; at && *at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
    if (strncmp(at, word, size) == 0 && (at[size] == ',' || at[size] == 0)) return true;
  }
  return false;
}

static void notes_print(const zest_report *report) {
  size_t count = 0;
  zest_report_count(report, &count);
  for (size_t i = 0; i < count; i++) {
    zest_report_row row = ZEST_REPORT_ROW_INIT;
    if (zest_report_row_get(report, i, &row) != ZEST_OK || row.note[0] == 0) continue;
    fprintf(stderr, "%s: %s\n", row.thread_name, row.note);
  }
}

zest_service *service_start(const server_options *options, uint32_t flags) {
  char address[32];
  snprintf(address, sizeof address, "127.0.0.1:%u", options->port);
  zest_listener_config config = ZEST_LISTENER_CONFIG_INIT;
  config.listener_id = 1;
  config.address = address;
  config.flags = options->join ? ZEST_LISTENER_JOIN : 0;
  zest_settings settings = ZEST_SETTINGS_INIT;
  settings.flags = flags;
  settings.threads_per_address = options->threads;
  if (has_word(options->variant, "epoll")) settings.backend = ZEST_BACKEND_EPOLL;
  zest_service *service = NULL;
  zest_report *report = NULL;
  zest_error error = {0};
  zest_status status = zest_listen(&config, 1, &settings, &service, &report, &error);
  if (report) notes_print(report);
  if (status != ZEST_OK) fatal_zest("zest_listen", status, &error);
  zest_report_free(&report);
  return service;
}

void taker_begin(void) { atomic_fetch_add(&takers, 1); }

void taker_end(zest_status last) {
  if (last != ZEST_CLOSED) fatal_zest("take", last, NULL);
  atomic_fetch_sub(&takers, 1);
}

void service_stop(zest_service **service) {
  zest_receipt receipt = ZEST_RECEIPT_INIT;
  zest_status status = zest_shutdown(*service, -1, &receipt);
  while (atomic_load(&takers) > 0) usleep(1000);
  dprintf(STDOUT_FILENO,
          "{\"shutdown\": \"%s\", \"complete\": %u, \"accepted\": %llu, \"handed_over\": %llu, "
          "\"in_queue\": %llu, \"refused\": %llu, \"left_in_kernel\": %llu, \"ms\": %.1f}\n",
          zest_status_string(status), receipt.complete, (unsigned long long)receipt.accepted,
          (unsigned long long)receipt.handed_over, (unsigned long long)receipt.in_queue,
          (unsigned long long)receipt.refused, (unsigned long long)receipt.left_in_kernel,
          (double)receipt.duration_ns / 1e6);
  snapshot_print();
  zest_service_free(service);
}
