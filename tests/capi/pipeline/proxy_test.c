/* zest/proxy.h: a proxy in this process: by its own listener and by fds that are handed over, its
 * log, its figures, reload and drain. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "proxy_support.h"
#include "support.h"

struct log {
  unsigned records;
  unsigned good;
};

static void note(void* context, const zest_proxy_record* record) {
  struct log* log = context;
  const int good = record->status == 200 && record->method_size == 3 &&
                   memcmp(record->method, "GET", 3) == 0 && record->target_size == 2 &&
                   record->client.family == ZEST_FAMILY_IPV4 && record->bytes_out > 5 &&
                   record->origin.family == ZEST_FAMILY_IPV4 && record->timeout[0] == 0 &&
                   record->upstream_size == 3 && record->struct_size == sizeof *record;
  __atomic_fetch_add(&log->good, (unsigned)good, __ATOMIC_RELAXED);
  __atomic_fetch_add(&log->records, 1, __ATOMIC_RELEASE);
}

static zest_proxy_stats stats_of(const zest_proxy* proxy) {
  zest_proxy_stats stats = ZEST_PROXY_STATS_INIT;
  CHECK_STATUS(ZEST_OK, zest_proxy_stats_get(proxy, &stats));
  return stats;
}

static void its_listener_serves(void) {
  struct origin origin;
  struct log log = {0, 0};
  start_origin(&origin);
  zest_proxy* proxy = start_proxy(origin.port, note, &log);
  const int client = connect_to(port_of(proxy));
  for (int i = 0; i < 3; ++i) CHECK(ask(client));
  close(client);
  zest_proxy_receipt receipt = ZEST_PROXY_RECEIPT_INIT;
  CHECK_STATUS(ZEST_OK, zest_proxy_drain(proxy, -1, &receipt));
  CHECK(receipt.complete == 1 && receipt.forced == 0);
  CHECK(log.records == 3 && log.good == 3);
  const zest_proxy_stats stats = stats_of(proxy);
  CHECK(stats.workers == 1 && stats.requests == 3 && stats.answers[2] == 3);
  CHECK(stats.connections_accepted == 1 && stats.connections == 0);
  CHECK(stats.upstream_connects == 1 && stats.upstream_reused == 2);
  stop_proxy(proxy);
  stop_origin(&origin);
}

static void fds_are_served_as_a_listeners_own(void) {
  struct origin origin;
  start_origin(&origin);
  zest_proxy* proxy = start_proxy(origin.port, NULL, NULL);
  for (uint64_t id = 1; id <= 2; ++id) {
    int ends[2];
    connected_pair(ends);
    CHECK_STATUS(ZEST_OK, zest_proxy_serve(proxy, ends[1], id, NULL));
    CHECK(ask(ends[0]) && ask(ends[0]));
    close(ends[0]);
  }
  CHECK(stats_of(proxy).requests == 4);
  stop_proxy(proxy);
  stop_origin(&origin);
}

static void what_the_acceptor_took_goes_to_the_proxy(void) {
  struct origin origin;
  start_origin(&origin);
  zest_proxy* proxy = start_proxy(origin.port, NULL, NULL);
  uint16_t port = 0;
  zest_service* service = start_one(0, &port);
  const int client = connect_to(port);
  zest_connection got = ZEST_CONNECTION_INIT;
  CHECK_STATUS(ZEST_OK, zest_next(service, &got, 5000));
  CHECK_STATUS(ZEST_OK, zest_proxy_serve(proxy, got.fd, 2, NULL));
  CHECK(ask(client));
  close(client);
  stop(service);
  stop_proxy(proxy);
  stop_origin(&origin);
}

static void listeners_are_reported(void) {
  zest_proxy* proxy = start_proxy(9, NULL, NULL);
  size_t count = 0;
  CHECK_STATUS(ZEST_OK, zest_proxy_listener_count(proxy, &count));
  CHECK(count == 2);
  zest_proxy_listener listener = ZEST_PROXY_LISTENER_INIT;
  CHECK_STATUS(ZEST_OK, zest_proxy_listener_get(proxy, 0, &listener));
  CHECK(listener.sockets == 1 && listener.address.port != 0 && listener.encrypted == 0);
  CHECK(listener.address.family == ZEST_FAMILY_IPV4 && listener.backlog_effective > 0);
  CHECK_STATUS(ZEST_OK, zest_proxy_listener_get(proxy, 1, &listener));
  CHECK(listener.sockets == 0 && listener.address.family == ZEST_FAMILY_NONE);
  CHECK_CONTAINS(listener.note, "handed over");
  CHECK_STATUS(ZEST_INVALID_ARGUMENT, zest_proxy_listener_get(proxy, 2, &listener));
  stop_proxy(proxy);
}

static void a_reload_changes_what_is_in_force_or_nothing(void) {
  struct origin origin;
  start_origin(&origin);
  zest_proxy* proxy = start_proxy(9, NULL, NULL); /* nobody is there */
  char text[config_max], bytes[256];
  zest_proxy_text said = {.bytes = bytes, .size = sizeof bytes};
  zest_error error;
  zest_proxy_config config = config_of("workers = 1\nworkres = 2\n");
  config.name = "mine.toml";
  CHECK_STATUS(ZEST_INVALID_ARGUMENT, zest_proxy_reload(proxy, &config, &said, &error));
  CHECK_CONTAINS(bytes, "mine.toml:2:1: ");
  CHECK_CONTAINS(error.message, "mine.toml:");
  CHECK(said.needed == strlen(bytes) + 1);
  write_config(text, origin.port, "");
  config = config_of(text);
  CHECK_STATUS(ZEST_OK, zest_proxy_reload(proxy, &config, &said, &error));
  CHECK(bytes[0] == 0 && said.needed == 1);
  int ends[2];
  connected_pair(ends);
  CHECK_STATUS(ZEST_OK, zest_proxy_serve(proxy, ends[1], 2, NULL));
  CHECK(ask(ends[0]));
  close(ends[0]);
  text[strlen("workers = ")] = '2';
  CHECK_STATUS(ZEST_OK, zest_proxy_reload(proxy, &config, &said, &error));
  CHECK_CONTAINS(bytes, "only a restart changes them");
  stop_proxy(proxy);
  stop_origin(&origin);
}

static uint16_t free_port(void) {
  uint16_t port = 0;
  close(foreign_socket(SOCK_STREAM, 0, 0, &port));
  return port;
}

static void an_address_is_free_once_it_is_dropped(void) {
  const uint16_t ports[2] = {free_port(), free_port()};
  char text[config_max];
  zest_proxy* proxy = NULL;
  for (int i = 0; i < 100; ++i) {
    snprintf(text, sizeof text,
             "workers = 2\n[[listener]]\nbind = \"127.0.0.1:%u\"\n"
             "[upstream.app]\naddrs = [\"127.0.0.1:9\"]\n",
             ports[i % 2]);
    const zest_proxy_config config = config_of(text);
    if (i == 0) REQUIRE(zest_proxy_start(&config, &proxy, NULL, NULL) == ZEST_OK);
    if (i > 0) CHECK_STATUS(ZEST_OK, zest_proxy_reload(proxy, &config, NULL, NULL));
  }
  stop_proxy(proxy);
}

static void a_drained_proxy_is_closed(void) {
  zest_proxy* proxy = start_proxy(9, NULL, NULL);
  char text[config_max];
  write_config(text, 9, "");
  const zest_proxy_config config = config_of(text);
  const int idle = connect_to(port_of(proxy));
  zest_proxy_receipt receipt = ZEST_PROXY_RECEIPT_INIT;
  CHECK_STATUS(ZEST_OK, zest_proxy_drain(proxy, 5000, &receipt));
  CHECK_STATUS(ZEST_OK, zest_proxy_drain(proxy, 0, NULL));
  int ends[2];
  connected_pair(ends);
  zest_error error;
  CHECK_STATUS(ZEST_CLOSED, zest_proxy_serve(proxy, ends[1], 1, &error));
  CHECK(error.code == ZEST_CLOSED && !is_open(ends[1]));
  CHECK_STATUS(ZEST_CLOSED, zest_proxy_reload(proxy, &config, NULL, NULL));
  CHECK_STATUS(ZEST_OK, zest_proxy_cut(proxy));
  close(ends[0]);
  close(idle);
  stop_proxy(proxy);
}

static void a_cut_proxy_is_closed(void) {
  zest_proxy* proxy = start_proxy(9, NULL, NULL);
  char text[config_max];
  write_config(text, 9, "");
  const zest_proxy_config config = config_of(text);
  CHECK_STATUS(ZEST_OK, zest_proxy_cut(proxy));
  int ends[2];
  connected_pair(ends);
  CHECK_STATUS(ZEST_CLOSED, zest_proxy_serve(proxy, ends[1], 1, NULL));
  CHECK(!is_open(ends[1]));
  CHECK_STATUS(ZEST_CLOSED, zest_proxy_reload(proxy, &config, NULL, NULL));
  close(ends[0]);
  stop_proxy(proxy);
}

enum { handed_max = 4000 };
struct giver {
  zest_proxy* proxy;
  int kept[handed_max];
  int count;
};

static void* give_until_closed(void* argument) {
  struct giver* giver = argument;
  while (giver->count < handed_max) {
    int ends[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    giver->kept[giver->count] = ends[0];
    const zest_status status = zest_proxy_serve(giver->proxy, ends[1], 2, NULL);
    if (status == ZEST_OK) ++giver->count;
    if (status != ZEST_OK) close(ends[0]);
    if (status == ZEST_CLOSED) break;
  }
  return NULL;
}

/* Whoever was taken with ZEST_OK is served or let go, whatever he met. */
static void nobody_is_left_at_the_end(void) {
  static struct giver giver;
  for (int round = 0; round < 100; ++round) {
    giver = (struct giver){.proxy = start_proxy(9, NULL, NULL), .count = 0};
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, give_until_closed, &giver) == 0);
    usleep(1000);
    if (round % 2) CHECK_STATUS(ZEST_OK, zest_proxy_cut(giver.proxy));
    (void)zest_proxy_drain(giver.proxy, 0, NULL);
    REQUIRE(pthread_join(thread, NULL) == 0);
    for (int i = 0; i < giver.count; ++i) {
      CHECK(readable(giver.kept[i], 10000));
      close(giver.kept[i]);
    }
    stop_proxy(giver.proxy);
  }
}

static void whoever_has_the_address_is_said(void) {
  uint16_t port = 0;
  char text[config_max], bytes[256];
  const int taken = foreign_socket(SOCK_STREAM, 0, 1, &port);
  snprintf(text, sizeof text,
           "workers = 1\n[[listener]]\nbind = \"127.0.0.1:%u\"\n"
           "[upstream.app]\naddrs = [\"127.0.0.1:9\"]\n",
           port);
  const zest_proxy_config config = config_of(text);
  zest_proxy_text said = {.bytes = bytes, .size = sizeof bytes};
  zest_proxy* proxy = NULL;
  zest_error error;
  CHECK_STATUS(ZEST_ADDRESS_IN_USE, zest_proxy_start(&config, &proxy, &said, &error));
  CHECK_CONTAINS(bytes, error.message); /* who reads said alone hears of it */
  close(taken);
}

static void a_check_opens_nothing_and_tells_all(void) {
  char bytes[64];
  zest_proxy_text said = {.bytes = bytes, .size = sizeof bytes};
  zest_proxy_config config = config_of("a = 1\nb = 2\nc = 3\nd = 4\ne = 5\n");
  CHECK_STATUS(ZEST_INVALID_ARGUMENT, zest_proxy_check(&config, &said, NULL));
  CHECK(strlen(bytes) == sizeof bytes - 1 && said.needed > sizeof bytes);
  CHECK_CONTAINS(bytes, "config:1:1: ");
  char text[config_max];
  write_config(text, 9, "");
  config = config_of(text);
  CHECK_STATUS(ZEST_OK, zest_proxy_check(&config, NULL, NULL));
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  RUN(its_listener_serves);
  RUN(fds_are_served_as_a_listeners_own);
  RUN(what_the_acceptor_took_goes_to_the_proxy);
  RUN(listeners_are_reported);
  RUN(a_reload_changes_what_is_in_force_or_nothing);
  RUN(an_address_is_free_once_it_is_dropped);
  RUN(a_drained_proxy_is_closed);
  RUN(a_cut_proxy_is_closed);
  RUN(nobody_is_left_at_the_end);
  RUN(whoever_has_the_address_is_said);
  RUN(a_check_opens_nothing_and_tells_all);
  return check_end();
}
