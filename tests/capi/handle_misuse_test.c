/* Every export that takes a handle, with handles that are not what they should be: NULL, freed,
 * shut down, of the other mode, of another thread, of a parent. Only statuses, and nothing written.
 */
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "every_call.h"
#include "support.h"

static void each_call_on(const zest_service* service, zest_status expected) {
  for (int call = 0; call < service_calls; ++call)
    call_service_expecting(expected, service, call, 0);
}

static void null_handles(void) {
  each_call_on(NULL, ZEST_NULL_ARGUMENT);
  CHECK_STATUS(ZEST_NULL_ARGUMENT, zest_service_free(NULL));
  CHECK_STATUS(ZEST_NULL_ARGUMENT, zest_report_free(NULL));
  zest_service* service = NULL;
  zest_report* report = NULL;
  for (int i = 0; i < 3; ++i) {
    CHECK_STATUS(ZEST_OK, zest_service_free(&service));
    CHECK_STATUS(ZEST_OK, zest_report_free(&report));
  }
  zest_report_row row = ZEST_REPORT_ROW_INIT;
  size_t count = 77;
  char text[8] = "as is";
  CHECK_STATUS(ZEST_NULL_ARGUMENT, zest_report_count(NULL, &count));
  CHECK_STATUS(ZEST_NULL_ARGUMENT, zest_report_row_get(NULL, 0, &row));
  CHECK_STATUS(ZEST_NULL_ARGUMENT, zest_report_text(NULL, text, sizeof text, &count));
  CHECK(count == 77 && strcmp(text, "as is") == 0);
}

static void null_outs(void) {
  zest_service* threads = start_one(0, NULL);
  zest_service* shards = start_one(ZEST_SHARDS, NULL);
  zest_connection one = ZEST_CONNECTION_INIT;
  size_t count = 0;
  for (int i = 0; i < 2; ++i) {
    const zest_service* service = i ? shards : threads;
    CHECK_STATUS(ZEST_NULL_ARGUMENT, zest_next(service, NULL, 0));
    CHECK_STATUS(ZEST_NULL_ARGUMENT, zest_next_batch(service, NULL, 1, &count, 0));
    CHECK_STATUS(ZEST_NULL_ARGUMENT, zest_next_batch(service, &one, 1, NULL, 0));
    CHECK_STATUS(ZEST_NULL_ARGUMENT, zest_shard_next(service, 0, NULL, 0));
    CHECK_STATUS(ZEST_NULL_ARGUMENT, zest_shard_next_batch(service, 0, NULL, 1, &count, 0));
    CHECK_STATUS(ZEST_NULL_ARGUMENT, zest_shard_next_batch(service, 0, &one, 1, NULL, 0));
    CHECK_STATUS(ZEST_NULL_ARGUMENT, zest_shard_count(service, NULL));
    CHECK_STATUS(ZEST_NULL_ARGUMENT, zest_service_event_fd(service, NULL));
    CHECK_STATUS(ZEST_NULL_ARGUMENT, zest_shard_event_fd(service, 0, NULL));
    CHECK_STATUS(ZEST_NULL_ARGUMENT, zest_stats(service, NULL));
    CHECK_STATUS(ZEST_NULL_ARGUMENT, zest_shard_stats_get(service, 0, NULL));
  }
  stop(threads);
  stop(shards);
}

static void a_freed_handle_is_null(void) {
  zest_service* service = start_one(0, NULL);
  CHECK_STATUS(ZEST_OK, zest_service_free(&service));
  CHECK(service == NULL);
  each_call_on(service, ZEST_NULL_ARGUMENT);
  CHECK_STATUS(ZEST_OK, zest_service_free(&service));
}

/* After a shutdown the handle still tells everything; there is only nothing to take. */
static void a_service_that_was_shut_down(uint32_t flags) {
  zest_service* service = start_one(flags, NULL);
  CHECK_STATUS(ZEST_OK, zest_shutdown(service, 2000, NULL));
  for (int call = 0; call < service_calls; ++call) {
    const int takes = is_take(call);
    const int other_mode = of_mode(call) >= 0 && of_mode(call) != (flags == ZEST_SHARDS);
    call_service_expecting(other_mode ? ZEST_WRONG_MODE
                           : takes    ? ZEST_CLOSED
                                      : ZEST_OK,
                           service, call, 0);
  }
  stop(service);
}

static void after_shutdown_with_threads(void) { a_service_that_was_shut_down(0); }
static void after_shutdown_with_shards(void) { a_service_that_was_shut_down(ZEST_SHARDS); }

static void the_wrong_mode(void) {
  zest_service* service = start_one(ZEST_SHARDS, NULL);
  zest_connection one = ZEST_CONNECTION_INIT;
  size_t count = 77;
  int32_t fd = -77;
  CHECK_STATUS(ZEST_WRONG_MODE, zest_next(service, &one, -1));
  CHECK_STATUS(ZEST_WRONG_MODE, zest_next_batch(service, &one, 1, &count, -1));
  CHECK_STATUS(ZEST_WRONG_MODE, zest_service_event_fd(service, &fd));
  CHECK(one.fd == -1 && count == 77 && fd == -77);
  stop(service);
}

static void shards_that_do_not_exist(void) {
  for (uint32_t flags = 0; flags <= ZEST_SHARDS; flags += ZEST_SHARDS) {
    zest_service* service = start_one(flags, NULL);
    for (int call = 0; call < service_calls; ++call) {
      if (!of_a_shard(call)) continue;
      call_service_expecting(ZEST_INVALID_ARGUMENT, service, call, 1);
      call_service_expecting(ZEST_INVALID_ARGUMENT, service, call, UINT32_MAX);
    }
    stop(service);
  }
}

static void no_capacity(void) {
  zest_service* threads = start_one(0, NULL);
  zest_service* shards = start_one(ZEST_SHARDS, NULL);
  zest_connection one = ZEST_CONNECTION_INIT;
  size_t count = 77;
  CHECK_STATUS(ZEST_INVALID_ARGUMENT, zest_next_batch(threads, &one, 0, &count, -1));
  CHECK_STATUS(ZEST_INVALID_ARGUMENT, zest_shard_next_batch(threads, 0, &one, 0, &count, -1));
  CHECK_STATUS(ZEST_INVALID_ARGUMENT, zest_shard_next_batch(shards, 0, &one, 0, &count, -1));
  CHECK(count == 77);
  /* A capacity that no array has is not an error: it is never filled. */
  CHECK_STATUS(ZEST_TIMED_OUT, zest_next_batch(threads, &one, SIZE_MAX, &count, 0));
  CHECK_STATUS(ZEST_TIMED_OUT, zest_shard_next_batch(shards, 0, &one, SIZE_MAX, &count, 0));
  stop(threads);
  stop(shards);
}

/* Out structs too short, too long to be believed, and of a size that no struct has. */
static void struct_sizes(void) {
  zest_service* service = start_one(0, NULL);
  zest_service* shards = start_one(ZEST_SHARDS, NULL);
  static const uint32_t bad_deltas[] = {1, 4, 7};
  for (size_t i = 0; i < sizeof bad_deltas / sizeof bad_deltas[0]; ++i) {
    sized_calls_expect(ZEST_UNSUPPORTED, service, shards, -(int)bad_deltas[i]);
    sized_calls_expect(ZEST_UNSUPPORTED, service, shards, (int)bad_deltas[i]);
  }
  sized_calls_expect(ZEST_UNSUPPORTED, service, shards, -8);
  sized_calls_expect(ZEST_UNSUPPORTED, service, shards, 1 << 20);
  sized_calls_expect(ZEST_OK, service, shards, 0);
  sized_calls_expect(ZEST_OK, service, shards, 8);
  sized_calls_expect(ZEST_OK, service, shards, 256);
  stop(service);
  stop(shards);
}

struct forked {
  zest_service* service;
  zest_report* report;
  size_t fds_before;
};

static int use_in_child(void* context) {
  struct forked* forked = context;
  each_call_on(forked->service, ZEST_FORKED);
  /* A report is a snapshot: it is nobody's process's. */
  size_t count = 0;
  CHECK_STATUS(ZEST_OK, zest_report_count(forked->report, &count));
  CHECK(count == 1);
  CHECK_STATUS(ZEST_OK, zest_report_free(&forked->report));
  CHECK_STATUS(ZEST_OK, zest_service_free(&forked->service));
  CHECK(forked->service == NULL);
  /* Its copies of the fds are closed, all of them. */
  CHECK(open_fds() == forked->fds_before);
  if (open_fds() != forked->fds_before)
    printf("  %zu fds before, %zu after\n", forked->fds_before, open_fds());
  return 0;
}

/* A child may have services of its own, also while it holds its parent's. */
static int listen_in_child(void* context) {
  struct forked* forked = context;
  uint16_t port = 0;
  zest_service* own = start_one(ZEST_SHARDS, &port);
  const int client = connect_to(port);
  zest_connection got = ZEST_CONNECTION_INIT;
  CHECK_STATUS(ZEST_OK, zest_shard_next(own, 0, &got, 5000));
  close(got.fd);
  close(client);
  CHECK_STATUS(ZEST_FORKED, zest_next(forked->service, &got, 0));
  stop(own);
  return 0;
}

static void serves(const zest_service* service, uint16_t port, int shards) {
  const int client = connect_to(port);
  zest_connection got = ZEST_CONNECTION_INIT;
  CHECK_STATUS(ZEST_OK,
               shards ? zest_shard_next(service, 0, &got, 5000) : zest_next(service, &got, 5000));
  close(got.fd);
  close(client);
}

static void after_a_fork(uint32_t flags) {
  struct forked forked = {.fds_before = open_fds()};
  zest_settings settings = ZEST_SETTINGS_INIT;
  settings.flags = flags;
  settings.threads_per_address = 1;
  forked.service = start("127.0.0.1:0", 7, &settings, &forked.report);
  const uint16_t port = row_of(forked.report, 0).address.port;
  const int shards = flags == ZEST_SHARDS;
  serves(forked.service, port, shards);
  const int client = connect_to(port); /* one more in the queue while forking */
  usleep(20000);
  ++forked.fds_before;
  CHECK(in_child(use_in_child, &forked) == 0);
  CHECK(in_child(listen_in_child, &forked) == 0);
  zest_connection got = ZEST_CONNECTION_INIT;
  CHECK_STATUS(ZEST_OK, shards ? zest_shard_next(forked.service, 0, &got, 5000)
                               : zest_next(forked.service, &got, 5000));
  CHECK(write(got.fd, "!", 1) == 1);
  char byte = 0;
  CHECK(read(client, &byte, 1) == 1 && byte == '!');
  close(got.fd);
  close(client);
  serves(forked.service, port, shards);
  CHECK_STATUS(ZEST_OK, zest_shutdown(forked.service, 2000, NULL));
  CHECK_STATUS(ZEST_OK, zest_report_free(&forked.report));
  stop(forked.service);
}

static void a_fork_with_threads(void) { after_a_fork(0); }
static void a_fork_with_shards(void) { after_a_fork(ZEST_SHARDS); }
static void a_fork_with_pipes(void) { after_a_fork(ZEST_NOTIFY_PIPE); }

static void another_thread_has_the_shard(void) {
  zest_service* service = start_one(ZEST_SHARDS, NULL);
  call_service_expecting(ZEST_TIMED_OUT, service, call_shard_next, 0);
  struct in_other_thread other = {.service = service};
  for (int call = 0; call < service_calls; ++call) {
    if (!of_a_shard(call) || !is_take(call)) continue;
    other.call = call;
    CHECK_STATUS(ZEST_WRONG_THREAD, in_thread(call_in_other_thread, &other));
  }
  /* The rest is for any thread. */
  other.call = call_shard_event_fd;
  CHECK_STATUS(ZEST_OK, in_thread(call_in_other_thread, &other));
  other.call = call_shard_stats_get;
  CHECK_STATUS(ZEST_OK, in_thread(call_in_other_thread, &other));
  other.call = call_shard_set_load;
  CHECK_STATUS(ZEST_OK, in_thread(call_in_other_thread, &other));
  stop(service);
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  RUN(null_handles);
  RUN(null_outs);
  RUN(a_freed_handle_is_null);
  RUN(after_shutdown_with_threads);
  RUN(after_shutdown_with_shards);
  RUN(the_wrong_mode);
  RUN(shards_that_do_not_exist);
  RUN(no_capacity);
  RUN(struct_sizes);
  RUN(a_fork_with_threads);
  RUN(a_fork_with_shards);
  RUN(a_fork_with_pipes);
  RUN(another_thread_has_the_shard);
  return check_end();
}
