/* Shards that the host's own threads drive, by waiting in zest_shard_next and by waiting for the
 * shard's fd as an event loop does. */
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "support.h"

static uint32_t backend_of_this_run = ZEST_BACKEND_AUTO;

static zest_service* start_shards(uint32_t shards, uint16_t* port) {
  zest_settings settings = ZEST_SETTINGS_INIT;
  settings.flags = ZEST_SHARDS;
  settings.threads_per_address = shards;
  settings.backend = backend_of_this_run;
  zest_report* report = NULL;
  zest_service* service = start("127.0.0.1:0", 5, &settings, &report);
  *port = row_of(report, 0).address.port;
  CHECK_STATUS(ZEST_OK, zest_report_free(&report));
  return service;
}

static void a_shard_accepts_in_the_calling_thread(void) {
  uint16_t port = 0;
  zest_service* service = start_shards(1, &port);
  const size_t threads = open_threads();
  const int client = connect_to(port);
  zest_connection got = ZEST_CONNECTION_INIT;
  CHECK_STATUS(ZEST_OK, zest_shard_next(service, 0, &got, 5000));
  CHECK(got.listener_id == 5 && got.shard == 0);
  CHECK(open_threads() == threads);
  close(got.fd);
  close(client);
  CHECK_STATUS(ZEST_TIMED_OUT, zest_shard_next(service, 0, &got, 0));
  CHECK_STATUS(ZEST_TIMED_OUT, zest_shard_next(service, 0, &got, 20));
  stop(service);
}

/* As an event loop does it: take until ZEST_TIMED_OUT, then wait for the fd alone. */
static void the_fd_of_a_shard_tells(void) {
  uint16_t port = 0;
  zest_service* service = start_shards(1, &port);
  int32_t fd = -1;
  CHECK_STATUS(ZEST_OK, zest_shard_event_fd(service, 0, &fd));
  zest_connection got = ZEST_CONNECTION_INIT;
  CHECK_STATUS(ZEST_TIMED_OUT, zest_shard_next(service, 0, &got, 0));
  for (int round = 0; round < 50; ++round) {
    const int client = connect_to(port);
    int taken = 0;
    for (int wakes = 0; !taken && wakes < 20; ++wakes) {
      if (!readable(fd, 5000)) break;
      zest_status status;
      while ((status = zest_shard_next(service, 0, &got, 0)) == ZEST_OK) {
        close(got.fd);
        ++taken;
      }
      CHECK_STATUS(ZEST_TIMED_OUT, status);
    }
    CHECK(taken == 1);
    close(client);
    if (taken != 1) break;
  }
  stop(service);
}

struct loop {
  const zest_service* service;
  uint32_t shard;
  int taken;
  zest_status end;
};

/* An event loop that knows nothing of a shutdown but what the fd tells. */
static void* run_loop(void* argument) {
  struct loop* loop = argument;
  int32_t fd = -1;
  CHECK_STATUS(ZEST_OK, zest_shard_event_fd(loop->service, loop->shard, &fd));
  zest_connection got = ZEST_CONNECTION_INIT;
  for (;;) {
    while ((loop->end = zest_shard_next(loop->service, loop->shard, &got, 0)) == ZEST_OK) {
      close(got.fd);
      loop->taken++;
    }
    if (loop->end != ZEST_TIMED_OUT) return NULL;
    if (!readable(fd, 8000)) return NULL;
  }
}

static void loops_end_when_another_thread_shuts_down(void) {
  enum { shards = 2, connections = 40 };
  uint16_t port = 0;
  zest_service* service = start_shards(shards, &port);
  struct loop loops[shards];
  pthread_t threads[shards];
  memset(loops, 0, sizeof loops);
  for (uint32_t i = 0; i < shards; ++i) {
    loops[i].service = service;
    loops[i].shard = i;
    REQUIRE(pthread_create(&threads[i], NULL, run_loop, &loops[i]) == 0);
  }
  int clients[connections];
  for (int i = 0; i < connections; ++i) clients[i] = connect_to(port);
  zest_receipt receipt = ZEST_RECEIPT_INIT;
  CHECK_STATUS(ZEST_OK, zest_shutdown(service, 5000, &receipt));
  CHECK(receipt.complete == 1 && receipt.accepted == connections);
  int taken = 0;
  for (int i = 0; i < shards; ++i) {
    pthread_join(threads[i], NULL);
    CHECK_STATUS(ZEST_CLOSED, loops[i].end);
    taken += loops[i].taken;
  }
  CHECK(taken == connections);
  for (int i = 0; i < connections; ++i) close(clients[i]);
  stop(service);
}

struct shard_call {
  const zest_service* service;
  uint32_t shard;
  int32_t timeout_ms;
};

static zest_status next_of_shard(void* argument) {
  const struct shard_call* call = argument;
  zest_connection got = ZEST_CONNECTION_INIT;
  const zest_status status = zest_shard_next(call->service, call->shard, &got, call->timeout_ms);
  if (status == ZEST_OK) close(got.fd);
  return status;
}

static void the_first_thread_owns_the_shard(void) {
  uint16_t port = 0;
  zest_service* service = start_shards(2, &port);
  struct shard_call call = {.service = service, .shard = 0, .timeout_ms = 0};
  CHECK_STATUS(ZEST_TIMED_OUT, next_of_shard(&call));
  CHECK_STATUS(ZEST_WRONG_THREAD, in_thread(next_of_shard, &call));
  CHECK_STATUS(ZEST_TIMED_OUT, next_of_shard(&call));
  call.shard = 1;
  CHECK_STATUS(ZEST_TIMED_OUT, in_thread(next_of_shard, &call));
  /* Its owner has ended, which does not make it anybody else's. */
  CHECK_STATUS(ZEST_WRONG_THREAD, next_of_shard(&call));
  stop(service);
}

static void* wait_in_shard(void* argument) {
  struct loop* loop = argument;
  zest_connection got = ZEST_CONNECTION_INIT;
  loop->end = zest_shard_next(loop->service, 0, &got, -1);
  return NULL;
}

static void freeing_wakes_whoever_waits_in_a_shard(void) {
  uint16_t port = 0;
  zest_service* service = start_shards(1, &port);
  struct loop loop = {.service = service};
  pthread_t thread;
  REQUIRE(pthread_create(&thread, NULL, wait_in_shard, &loop) == 0);
  usleep(100000);
  const int64_t before = now_ms();
  stop(service);
  CHECK(now_ms() - before < 5000);
  pthread_join(thread, NULL);
  CHECK_STATUS(ZEST_CLOSED, loop.end);
}

static void a_shard_that_was_never_used_is_freed_and_shut_down(void) {
  uint16_t port = 0;
  zest_service* service = start_shards(3, &port);
  const int client = connect_to(port);
  stop(service);
  close(client);
  service = start_shards(3, &port);
  zest_receipt receipt = ZEST_RECEIPT_INIT;
  CHECK_STATUS(ZEST_OK, zest_shutdown(service, 5000, &receipt));
  CHECK(receipt.complete == 1 && receipt.accepted == 0);
  zest_connection got = ZEST_CONNECTION_INIT;
  CHECK_STATUS(ZEST_CLOSED, zest_shard_next(service, 0, &got, -1));
  stop(service);
}

static void what_is_queued_in_a_shard_survives_the_shutdown(void) {
  uint16_t port = 0;
  zest_service* service = start_shards(1, &port);
  int clients[10];
  for (int i = 0; i < 10; ++i) clients[i] = connect_to(port);
  zest_receipt receipt = ZEST_RECEIPT_INIT;
  CHECK_STATUS(ZEST_OK, zest_shutdown(service, 5000, &receipt));
  CHECK(receipt.accepted == 10 && receipt.in_queue == 10 && receipt.complete == 1);
  zest_connection got = ZEST_CONNECTION_INIT;
  for (int i = 0; i < 10; ++i) {
    CHECK_STATUS(ZEST_OK, zest_shard_next(service, 0, &got, 0));
    close(got.fd);
    close(clients[i]);
  }
  CHECK_STATUS(ZEST_CLOSED, zest_shard_next(service, 0, &got, 0));
  stop(service);
}

static void all_of_it(void) {
  RUN(a_shard_accepts_in_the_calling_thread);
  RUN(the_fd_of_a_shard_tells);
  RUN(loops_end_when_another_thread_shuts_down);
  RUN(the_first_thread_owns_the_shard);
  RUN(freeing_wakes_whoever_waits_in_a_shard);
  RUN(a_shard_that_was_never_used_is_freed_and_shut_down);
  RUN(what_is_queued_in_a_shard_survives_the_shutdown);
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  puts("on the best backend:");
  all_of_it();
  puts("on epoll:");
  backend_of_this_run = ZEST_BACKEND_EPOLL;
  all_of_it();
  return check_end();
}
