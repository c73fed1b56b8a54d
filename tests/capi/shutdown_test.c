/* The end of a service, and its receipt: accepted = handed_over + in_queue + refused, always. */
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "support.h"

static void adds_up(const zest_receipt* receipt) {
  CHECK(receipt->accepted == receipt->handed_over + receipt->in_queue + receipt->refused);
}

static void an_idle_service_ends_at_once(void) {
  zest_service* service = start_one(0, NULL);
  zest_receipt receipt = ZEST_RECEIPT_INIT;
  const int64_t before = now_ms();
  CHECK_STATUS(ZEST_OK, zest_shutdown(service, -1, &receipt));
  CHECK(now_ms() - before < 2000);
  CHECK(receipt.struct_size == sizeof receipt && receipt.complete == 1);
  CHECK(receipt.accepted == 0 && receipt.left_in_kernel == 0);
  CHECK(receipt.duration_ns < 2000000000u);
  adds_up(&receipt);
  stop(service);
}

enum { connections = 50 };

static void what_was_accepted_can_be_taken_after_it(void) {
  uint16_t port = 0;
  zest_service* service = start_one(0, &port);
  int clients[connections];
  for (int i = 0; i < connections; ++i) clients[i] = connect_to(port);
  zest_connection got = ZEST_CONNECTION_INIT;
  for (int i = 0; i < 10; ++i) {
    CHECK_STATUS(ZEST_OK, zest_next(service, &got, 5000));
    close(got.fd);
  }
  zest_receipt receipt = ZEST_RECEIPT_INIT;
  CHECK_STATUS(ZEST_OK, zest_shutdown(service, 5000, &receipt));
  CHECK(receipt.complete == 1 && receipt.accepted == connections);
  CHECK(receipt.handed_over == 10 && receipt.in_queue == connections - 10);
  adds_up(&receipt);
  for (int i = 10; i < connections; ++i) {
    CHECK_STATUS(ZEST_OK, zest_next(service, &got, 0));
    close(got.fd);
  }
  CHECK_STATUS(ZEST_CLOSED, zest_next(service, &got, 0));
  /* A second call gives the same receipt, as things stand now. */
  zest_receipt again = ZEST_RECEIPT_INIT;
  CHECK_STATUS(ZEST_OK, zest_shutdown(service, 0, &again));
  CHECK(again.accepted == connections && again.handed_over == connections && again.in_queue == 0);
  CHECK(again.duration_ns == receipt.duration_ns && again.complete == 1);
  for (int i = 0; i < connections; ++i) close(clients[i]);
  stop(service);
}

static void nobody_can_connect_after_it(void) {
  uint16_t port = 0;
  zest_service* service = start_one(0, &port);
  CHECK_STATUS(ZEST_OK, zest_shutdown(service, 1000, NULL));
  char address[32];
  snprintf(address, sizeof address, "127.0.0.1:%u", port);
  zest_service* next = start(address, 1, NULL, NULL); /* the port is free again */
  stop(next);
  stop(service);
}

static zest_status shut_down(void* service) { return zest_shutdown(service, 5000, NULL); }

static void* shut_down_thread(void* service) {
  CHECK_STATUS(ZEST_OK, shut_down(service));
  return NULL;
}

static void several_threads_may_ask_for_it(void) {
  uint16_t port = 0;
  zest_service* service = start_one(0, &port);
  int clients[connections];
  for (int i = 0; i < connections; ++i) clients[i] = connect_to(port);
  pthread_t threads[4];
  for (int i = 0; i < 4; ++i)
    REQUIRE(pthread_create(&threads[i], NULL, shut_down_thread, service) == 0);
  for (int i = 0; i < 4; ++i) pthread_join(threads[i], NULL);
  zest_receipt receipt = ZEST_RECEIPT_INIT;
  CHECK_STATUS(ZEST_OK, zest_shutdown(service, 0, &receipt));
  CHECK(receipt.accepted == connections && receipt.in_queue == connections);
  for (int i = 0; i < connections; ++i) close(clients[i]);
  stop(service);
}

/* Full, and what was accepted beyond it has come in. */
static int waits_for_a_full_queue(const zest_service* service) {
  for (int i = 0; i < 500; ++i) {
    zest_shard_stats stats = ZEST_SHARD_STATS_INIT;
    CHECK_STATUS(ZEST_OK, zest_shard_stats_get(service, 0, &stats));
    usleep(10000);
    if (stats.queue_full_pauses > 0) return 1;
  }
  return 0;
}

static void a_queue_that_nobody_empties_ends_it_at_the_deadline(void) {
  zest_settings settings = ZEST_SETTINGS_INIT;
  settings.threads_per_address = 1;
  settings.queue_capacity = 2;
  zest_report* report = NULL;
  zest_service* service = start("127.0.0.1:0", 1, &settings, &report);
  const uint16_t port = row_of(report, 0).address.port;
  CHECK_STATUS(ZEST_OK, zest_report_free(&report));
  int clients[connections];
  for (int i = 0; i < connections; ++i) {
    clients[i] = connect_to(port);
    if (i == 2) CHECK(waits_for_a_full_queue(service));
  }
  zest_receipt receipt = ZEST_RECEIPT_INIT;
  const int64_t before = now_ms();
  CHECK_STATUS(ZEST_TIMED_OUT, zest_shutdown(service, 200, &receipt));
  CHECK(now_ms() - before >= 200 && now_ms() - before < 5000);
  CHECK(receipt.complete == 0 && receipt.left_in_kernel > 0);
  CHECK(receipt.accepted + receipt.left_in_kernel == connections);
  adds_up(&receipt);
  for (uint64_t i = 0; i < receipt.in_queue; ++i) {
    zest_connection got = ZEST_CONNECTION_INIT;
    CHECK_STATUS(ZEST_OK, zest_next(service, &got, 0));
    close(got.fd);
  }
  for (int i = 0; i < connections; ++i) close(clients[i]);
  stop(service);
}

struct host {
  zest_service* service;
  uint64_t taken;
};

static void* take_until_closed(void* argument) {
  struct host* host = argument;
  zest_connection got[16];
  zest_status status;
  do {
    size_t count = 0;
    got[0] = (zest_connection)ZEST_CONNECTION_INIT;
    status = zest_next_batch(host->service, got, 16, &count, -1);
    if (status != ZEST_OK) break;
    for (size_t i = 0; i < count; ++i) close(got[i].fd);
    host->taken += count;
  } while (1);
  CHECK_STATUS(ZEST_CLOSED, status);
  return NULL;
}

static void a_slow_host_gets_all_of_it(void) {
  zest_settings settings = ZEST_SETTINGS_INIT;
  settings.threads_per_address = 1;
  settings.queue_capacity = 2;
  zest_report* report = NULL;
  struct host host = {.service = start("127.0.0.1:0", 1, &settings, &report)};
  const uint16_t port = row_of(report, 0).address.port;
  CHECK_STATUS(ZEST_OK, zest_report_free(&report));
  int clients[connections];
  for (int i = 0; i < connections; ++i) clients[i] = connect_to(port);
  pthread_t thread;
  REQUIRE(pthread_create(&thread, NULL, take_until_closed, &host) == 0);
  zest_receipt receipt = ZEST_RECEIPT_INIT;
  CHECK_STATUS(ZEST_OK, zest_shutdown(host.service, 10000, &receipt));
  CHECK(receipt.complete == 1 && receipt.accepted == connections);
  adds_up(&receipt);
  pthread_join(thread, NULL);
  CHECK(host.taken == connections);
  for (int i = 0; i < connections; ++i) close(clients[i]);
  stop(host.service);
}

static void* shut_down_hastily(void* service) {
  shut_down(service);
  return NULL;
}

/* Freeing is allowed while other threads are inside, also inside a shutdown. */
static void freeing_ends_a_shutdown_that_waits(void) {
  zest_settings settings = ZEST_SETTINGS_INIT;
  settings.threads_per_address = 1;
  settings.queue_capacity = 2;
  zest_report* report = NULL;
  zest_service* service = start("127.0.0.1:0", 1, &settings, &report);
  const uint16_t port = row_of(report, 0).address.port;
  CHECK_STATUS(ZEST_OK, zest_report_free(&report));
  int clients[10];
  for (int i = 0; i < 10; ++i) clients[i] = connect_to(port);
  pthread_t thread;
  zest_service* copy = service;
  REQUIRE(pthread_create(&thread, NULL, shut_down_hastily, copy) == 0);
  usleep(100000);
  const int64_t before = now_ms();
  stop(service);
  CHECK(now_ms() - before < 3000);
  pthread_join(thread, NULL);
  for (int i = 0; i < 10; ++i) close(clients[i]);
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  RUN(an_idle_service_ends_at_once);
  RUN(what_was_accepted_can_be_taken_after_it);
  RUN(nobody_can_connect_after_it);
  RUN(several_threads_may_ask_for_it);
  RUN(a_queue_that_nobody_empties_ends_it_at_the_deadline);
  RUN(a_slow_host_gets_all_of_it);
  RUN(freeing_ends_a_shutdown_that_waits);
  return check_end();
}
