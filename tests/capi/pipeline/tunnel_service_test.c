/* A service of tunnels through the C ABI: its limit, its event fd, its end. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "support.h"
#include "tunnel_support.h"

static void a_limit_counts_what_was_not_taken(void) {
  zest_tunnel_settings settings = small_settings();
  settings.tunnels = 2;
  zest_tunnel_service* service = start_tunnels(&settings);
  zest_tunnel_options silent = ZEST_TUNNEL_OPTIONS_INIT;
  silent.flags = ZEST_TUNNEL_SILENT;
  const struct far_ends one = join(service, NULL);
  struct far_ends other = join(service, &silent), refused;
  CHECK_STATUS(ZEST_LIMIT_REACHED, try_join(service, NULL, &refused));
  CHECK(is_over(refused.a) && is_over(refused.b)); /* they were taken, and closed */
  close_ends(&refused);
  close_ends(&one);
  int32_t fd = -1;
  CHECK_STATUS(ZEST_OK, zest_tunnel_event_fd(service, &fd));
  CHECK(readable(fd, 20000));
  CHECK_STATUS(ZEST_LIMIT_REACHED, try_join(service, NULL, &refused)); /* not taken yet */
  close_ends(&refused);
  CHECK(take_end(service).id == one.id);
  close_ends(&other);
  while (tunnel_stats(service).open > 0) usleep(1000); /* a silent one needs no taking */
  const struct far_ends third = join(service, NULL);
  const struct far_ends fourth = join(service, NULL);
  CHECK(tunnel_stats(service).refused == 2);
  close_ends(&third);
  close_ends(&fourth);
  stop_tunnels(service);
}

static void event_fd_of(uint32_t flags) {
  zest_tunnel_settings settings = small_settings();
  settings.flags = flags;
  zest_tunnel_service* service = start_tunnels(&settings);
  int32_t fd = -1;
  size_t count = 0;
  zest_tunnel_end all[4] = {ZEST_TUNNEL_END_INIT};
  CHECK_STATUS(ZEST_OK, zest_tunnel_event_fd(service, &fd));
  CHECK(!readable(fd, 0));
  CHECK_STATUS(ZEST_TIMED_OUT, zest_tunnel_next(service, all, 4, &count, 0));
  for (int i = 0; i < 3; ++i) {
    const struct far_ends ends = join(service, NULL);
    close_ends(&ends);
  }
  while (tunnel_stats(service).waiting < 3) usleep(1000);
  CHECK(readable(fd, 20000));
  CHECK_STATUS(ZEST_OK, zest_tunnel_next(service, all, 2, &count, 0));
  CHECK(count == 2 && all[1].struct_size == sizeof all[1] && readable(fd, 0));
  CHECK_STATUS(ZEST_OK, zest_tunnel_next(service, all, 4, &count, 0));
  CHECK(count == 1 && !readable(fd, 0));
  CHECK_STATUS(ZEST_OK, zest_tunnel_service_shutdown(service, 1000, NULL));
  CHECK(readable(fd, 0)); /* of the end, for ever */
  CHECK_STATUS(ZEST_CLOSED, zest_tunnel_next(service, all, 4, &count, 0));
  CHECK(readable(fd, 0));
  stop_tunnels(service);
}

static void the_event_fd_is_readable_while_there_is_something(void) {
  event_fd_of(0);
  event_fd_of(ZEST_TUNNEL_PIPE);
}

static void a_shutdown_lets_them_end_and_cuts_the_rest(void) {
  zest_tunnel_service* service = start_tunnels(NULL);
  zest_tunnel_options options = ZEST_TUNNEL_OPTIONS_INIT;
  options.end_timeout_ms = ZEST_TUNNEL_NEVER;
  struct far_ends stays = join(service, &options), refused;
  zest_tunnel_receipt receipt = ZEST_TUNNEL_RECEIPT_INIT;
  CHECK_STATUS(ZEST_TIMED_OUT, zest_tunnel_service_shutdown(service, 20, &receipt));
  CHECK(!receipt.complete && receipt.cut == 1 && receipt.finished == 0);
  CHECK(take_end(service).end == ZEST_TUNNEL_CANCELLED);
  CHECK_STATUS(ZEST_TIMED_OUT, zest_tunnel_service_shutdown(service, 20, &receipt));
  CHECK(receipt.cut == 1 && receipt.duration_ns > 0);
  CHECK_STATUS(ZEST_CLOSED, try_join(service, NULL, &refused));
  close_ends(&refused);
  close_ends(&stays);
  stop_tunnels(service);
  service = start_tunnels(NULL);
  options.end_timeout_ms = 20;
  stays = join(service, &options);
  CHECK_STATUS(ZEST_OK, zest_tunnel_service_shutdown(service, -1, &receipt));
  CHECK(receipt.complete && receipt.finished == 1);
  CHECK(take_end(service).end == ZEST_TUNNEL_END_TIMEOUT);
  close_ends(&stays);
  stop_tunnels(service);
}

static zest_status wait_for_ever(void* service) {
  zest_tunnel_end end = ZEST_TUNNEL_END_INIT;
  size_t count = 0;
  return zest_tunnel_next(service, &end, 1, &count, -1);
}

struct waiter {
  zest_tunnel_service* service;
  zest_status status;
};

static void* run_waiter(void* argument) {
  struct waiter* waiter = argument;
  do {
    waiter->status = wait_for_ever(waiter->service);
  } while (waiter->status == ZEST_OK);
  return NULL;
}

static void freeing_ends_who_waits(void) {
  zest_tunnel_service* service = start_tunnels(NULL);
  struct waiter waiters[4];
  pthread_t threads[4];
  for (int i = 0; i < 4; ++i) {
    waiters[i] = (struct waiter){.service = service, .status = ZEST_INTERNAL};
    REQUIRE(pthread_create(&threads[i], NULL, run_waiter, &waiters[i]) == 0);
  }
  const struct far_ends ends = join(service, NULL);
  CHECK_STATUS(ZEST_OK, zest_tunnel_service_cut(service));
  for (int i = 0; i < 4; ++i) {
    REQUIRE(pthread_join(threads[i], NULL) == 0);
    CHECK_STATUS(ZEST_CLOSED, waiters[i].status);
  }
  stop_tunnels(service);
  CHECK(is_over(ends.a) && is_over(ends.b));
  close_ends(&ends);
}

struct caller {
  zest_tunnel_service* service;
  atomic_int tid; /* set right before its call */
};

static void* next_once(void* argument) {
  struct caller* caller = argument;
  caller->tid = gettid();
  CHECK_STATUS(ZEST_CLOSED, wait_for_ever(caller->service));
  return NULL;
}

static void* shut_down(void* argument) {
  struct caller* caller = argument;
  zest_tunnel_receipt receipt = ZEST_TUNNEL_RECEIPT_INIT;
  caller->tid = gettid();
  CHECK_STATUS(ZEST_OK, zest_tunnel_service_shutdown(caller->service, 20000, &receipt));
  CHECK(receipt.cut == 0 && receipt.finished == 1); /* not by its own deadline */
  return NULL;
}

static int sleeps(int tid) {
  char path[64], text[256] = "";
  snprintf(path, sizeof path, "/proc/self/task/%d/stat", tid);
  FILE* file = fopen(path, "r");
  if (!file) return 0;
  const size_t size = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  const char* end = size > 0 ? strrchr(text, ')') : NULL;
  return end && end[1] == ' ' && end[2] == 'S';
}

/* Whoever is asleep in there is let go, and is out before its memory is. */
static void free_while(void* (*call)(void*), int joined) {
  enum { count = 4 };
  for (int round = 0; round < 20; ++round) {
    zest_tunnel_service* service = start_tunnels(NULL);
    zest_tunnel_options silent = ZEST_TUNNEL_OPTIONS_INIT;
    silent.flags = ZEST_TUNNEL_SILENT;
    struct far_ends ends = {.a = -1, .b = -1, .id = 0};
    if (joined) ends = join(service, &silent);
    pthread_t threads[count];
    struct caller callers[count];
    for (int i = 0; i < count; ++i) {
      callers[i].service = service;
      callers[i].tid = 0;
      REQUIRE(pthread_create(&threads[i], NULL, call, &callers[i]) == 0);
    }
    for (int i = 0; i < count; ++i)
      while (callers[i].tid == 0 || !sleeps(callers[i].tid)) usleep(100);
    stop_tunnels(service);
    for (int i = 0; i < count; ++i) REQUIRE(pthread_join(threads[i], NULL) == 0);
    if (joined) close_ends(&ends);
  }
}

static void freeing_waits_for_who_takes(void) { free_while(next_once, 0); }
static void freeing_waits_for_who_shuts_down(void) { free_while(shut_down, 1); }

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  RUN(a_limit_counts_what_was_not_taken);
  RUN(the_event_fd_is_readable_while_there_is_something);
  RUN(a_shutdown_lets_them_end_and_cuts_the_rest);
  RUN(freeing_ends_who_waits);
  RUN(freeing_waits_for_who_takes);
  RUN(freeing_waits_for_who_shuts_down);
  return check_end();
}
