/* zest_steer: who gets long connections. One process listens with --threads shards, opens 64
 * connections one after the other and keeps them, and tells zest what each thread holds.
 * --variant hash|cpu|less, optionally with ",burst": open all at once, so that nothing is told.
 * Prints the count of each thread and the steering in force. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "zest_host.h"

enum { CONNECTIONS = 64, SHARDS_MAX = 64 };

static uint32_t held[SHARDS_MAX];

static uint32_t steering_wanted(const char *variant) {
  if (has_word(variant, "less")) return ZEST_STEER_LESS_LOADED;
  return has_word(variant, "cpu") ? ZEST_STEER_CPU : ZEST_STEER_HASH;
}

static void client_open(const zest_address *server) {
  struct sockaddr_in to = {
      .sin_family = AF_INET, .sin_port = htons(server->port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); /* kept until the end */
  check(fd >= 0 && connect(fd, (const struct sockaddr *)&to, sizeof to) == 0, "connect");
}

static void connection_take(const zest_service *service) {
  zest_connection got = ZEST_CONNECTION_INIT;
  check(zest_next(service, &got, 5000) == ZEST_OK && got.shard < SHARDS_MAX, "zest_next");
  held[got.shard]++; /* the fd stays open */
  check(zest_shard_set_load(service, got.shard, held[got.shard]) == ZEST_OK, "set_load");
}

static void result_print(const zest_report_row *row, uint32_t threads) {
  printf("{\"steering\": %u, \"note\": \"%s\", \"held\": [", row->steering, row->note);
  for (uint32_t i = 0; i < threads; i++) printf("%s%u", i ? ", " : "", held[i]);
  printf("]}\n");
}

int main(int argc, char **argv) {
  server_options options = options_parse(argc, argv);
  zest_listener_config config = ZEST_LISTENER_CONFIG_INIT;
  config.address = "127.0.0.1:0";
  zest_settings settings = ZEST_SETTINGS_INIT;
  settings.threads_per_address = options.threads;
  settings.steering = steering_wanted(options.variant);
  zest_service *service = NULL;
  zest_report *report = NULL;
  zest_error error = {0};
  if (zest_listen(&config, 1, &settings, &service, &report, &error) != ZEST_OK) {
    fprintf(stderr, "zest_listen: %s\n", error.message);
    return 1;
  }
  zest_report_row row = ZEST_REPORT_ROW_INIT;
  check(zest_report_row_get(report, 0, &row) == ZEST_OK, "zest_report_row_get");
  bool burst = has_word(options.variant, "burst");
  for (int i = 0; i < CONNECTIONS; i++) {
    client_open(&row.address);
    if (!burst) connection_take(service);
  }
  for (int i = 0; burst && i < CONNECTIONS; i++) connection_take(service);
  result_print(&row, options.threads);
  zest_report_free(&report);
  zest_shutdown(service, 1000, NULL);
  zest_service_free(&service);
  return 0;
}
