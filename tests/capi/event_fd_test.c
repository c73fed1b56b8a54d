/* The promise of the event fd: readable while zest_next would not wait. */
#include <fcntl.h>
#include <unistd.h>

#include "check.h"
#include "support.h"

static zest_connection empty(void) {
  const zest_connection connection = ZEST_CONNECTION_INIT;
  return connection;
}

static void close_pair(const zest_connection* accepted, int client) {
  close(accepted->fd);
  close(client);
}

/* Both fds of a service with threads, as an eventfd or as a pipe. */
static void the_event_fd_tells(uint32_t flags, int of_shard) {
  uint16_t port = 0;
  zest_service* service = start_one(flags, &port);
  int32_t fd = -1;
  CHECK_STATUS(ZEST_OK, of_shard ? zest_shard_event_fd(service, 0, &fd)
                                 : zest_service_event_fd(service, &fd));
  REQUIRE(fd >= 0);
  CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
  for (int round = 0; round < 20; ++round) {
    CHECK(!readable(fd, 0));
    const int client = connect_to(port);
    CHECK(readable(fd, 5000));
    zest_connection got = empty();
    size_t count = 0;
    CHECK_STATUS(ZEST_OK, of_shard ? zest_shard_next_batch(service, 0, &got, 1, &count, 0)
                                   : zest_next_batch(service, &got, 1, &count, 0));
    close_pair(&got, client);
    CHECK_STATUS(ZEST_TIMED_OUT,
                 of_shard ? zest_shard_next(service, 0, &got, 0) : zest_next(service, &got, 0));
  }
  CHECK_STATUS(ZEST_OK, zest_shutdown(service, 1000, NULL));
  CHECK(readable(fd, 1000)); /* ZEST_CLOSED does not wait, for ever */
  zest_connection got = empty();
  CHECK_STATUS(ZEST_CLOSED, zest_next(service, &got, -1));
  CHECK_STATUS(ZEST_CLOSED, zest_shard_next(service, 0, &got, -1));
  CHECK(readable(fd, 0));
  stop(service);
}

static void the_eventfd_of_the_service(void) { the_event_fd_tells(0, 0); }
static void the_eventfd_of_a_shard(void) { the_event_fd_tells(0, 1); }
static void the_pipe_of_the_service(void) { the_event_fd_tells(ZEST_NOTIFY_PIPE, 0); }
static void the_pipe_of_a_shard(void) { the_event_fd_tells(ZEST_NOTIFY_PIPE, 1); }

/* Whoever takes one and then waits by the fd must hear of the rest. */
static void the_event_fd_stays_readable_while_something_is_left(void) {
  uint16_t port = 0;
  zest_service* service = start_one(0, &port);
  int32_t fd = -1;
  CHECK_STATUS(ZEST_OK, zest_service_event_fd(service, &fd));
  zest_connection got = empty();
  CHECK_STATUS(ZEST_TIMED_OUT, zest_next(service, &got, 0));
  int clients[5];
  for (int i = 0; i < 5; ++i) clients[i] = connect_to(port);
  for (int i = 0; i < 5; ++i) {
    CHECK(readable(fd, 5000));
    CHECK_STATUS(ZEST_OK, zest_next(service, &got, 5000));
    close_pair(&got, clients[i]);
  }
  CHECK_STATUS(ZEST_TIMED_OUT, zest_next(service, &got, 0));
  CHECK(!readable(fd, 0));
  stop(service);
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  RUN(the_eventfd_of_the_service);
  RUN(the_eventfd_of_a_shard);
  RUN(the_pipe_of_the_service);
  RUN(the_pipe_of_a_shard);
  RUN(the_event_fd_stays_readable_while_something_is_left);
  return check_end();
}
