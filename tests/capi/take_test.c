/* Taking connections: every call and every kind of wait. */
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
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

/* The socket of the next connection. */
static void take_one(const zest_service* service, zest_connection* out) {
  *out = empty();
  CHECK_STATUS(ZEST_OK, zest_next(service, out, 5000));
}

static void a_connection_comes_with_all_that_is_known_of_it(void) {
  uint16_t port = 0;
  zest_service* service = start_one(0, &port);
  const int client = connect_to(port);
  zest_connection got;
  take_one(service, &got);
  CHECK(got.struct_size == sizeof got);
  CHECK(got.fd >= 0);
  CHECK(got.listener_id == 7);
  CHECK(got.protocol == ZEST_TCP);
  CHECK(got.shard == 0);
  CHECK(got.os_errno == 0 && got.reserved == 0);
  CHECK(got.local.family == ZEST_FAMILY_IPV4 && got.local.port == port);
  CHECK(got.remote.family == ZEST_FAMILY_IPV4 && got.remote.port != 0);
  CHECK(got.remote.ip[0] == 127 && got.remote.ip[3] == 1);
  CHECK(got.accepted_at_ns / 1000000 <= now_ms() && got.accepted_at_ns / 1000000 > now_ms() - 5000);
  CHECK(fcntl(got.fd, F_GETFL) & O_NONBLOCK);
  CHECK(fcntl(got.fd, F_GETFD) & FD_CLOEXEC);
  CHECK(write(got.fd, "zest", 4) == 4);
  char bytes[4] = {0};
  CHECK(read(client, bytes, 4) == 4 && memcmp(bytes, "zest", 4) == 0);
  close_pair(&got, client);
  stop(service);
}

static void waits_are_as_long_as_asked_for(void) {
  uint16_t port = 0;
  zest_service* service = start_one(0, &port);
  zest_connection got = empty();
  got.fd = -77;
  int64_t before = now_ms();
  CHECK_STATUS(ZEST_TIMED_OUT, zest_next(service, &got, 0));
  CHECK(now_ms() - before < 1000);
  before = now_ms();
  CHECK_STATUS(ZEST_TIMED_OUT, zest_next(service, &got, 80));
  CHECK(now_ms() - before >= 80);
  CHECK(got.fd == -77); /* nothing is written unless ZEST_OK */
  size_t count = 99;
  CHECK_STATUS(ZEST_TIMED_OUT, zest_next_batch(service, &got, 1, &count, 10));
  CHECK(count == 99);
  const int client = connect_to(port);
  CHECK_STATUS(ZEST_OK, zest_next(service, &got, -1));
  close_pair(&got, client);
  stop(service);
}

struct taker {
  const zest_service* service;
  zest_connection got;
  zest_status status;
};

static void* take_in_thread(void* argument) {
  struct taker* taker = argument;
  taker->got = empty();
  taker->status = zest_next(taker->service, &taker->got, -1);
  return NULL;
}

static void an_endless_wait_ends_with_a_connection_or_with_the_service(void) {
  uint16_t port = 0;
  zest_service* service = start_one(0, &port);
  struct taker takers[4];
  pthread_t threads[4];
  for (int i = 0; i < 4; ++i) {
    takers[i].service = service;
    REQUIRE(pthread_create(&threads[i], NULL, take_in_thread, &takers[i]) == 0);
  }
  usleep(50000);
  const int client = connect_to(port);
  usleep(50000);
  CHECK_STATUS(ZEST_OK, zest_shutdown(service, 2000, NULL));
  int taken = 0;
  int closed = 0;
  for (int i = 0; i < 4; ++i) {
    pthread_join(threads[i], NULL);
    taken += takers[i].status == ZEST_OK;
    closed += takers[i].status == ZEST_CLOSED;
    if (takers[i].status == ZEST_OK) close(takers[i].got.fd);
  }
  CHECK(taken == 1 && closed == 3);
  close(client);
  stop(service);
}

static void freeing_waits_for_the_calls_of_others(void) {
  uint16_t port = 0;
  zest_service* service = start_one(0, &port);
  struct taker taker = {.service = service};
  pthread_t thread;
  REQUIRE(pthread_create(&thread, NULL, take_in_thread, &taker) == 0);
  usleep(50000);
  stop(service);
  pthread_join(thread, NULL);
  CHECK_STATUS(ZEST_CLOSED, taker.status);
}

enum { many = 100 };

static void a_batch_takes_what_is_there(void) {
  uint16_t port = 0;
  zest_service* service = start_one(0, &port);
  int clients[many];
  for (int i = 0; i < many; ++i) clients[i] = connect_to(port);
  zest_connection got[many];
  memset(got, 0, sizeof got);
  got[0] = empty(); /* the first one's struct_size is the stride */
  size_t taken = 0;
  size_t calls = 0;
  while (taken < many && calls < many) {
    size_t count = 0;
    const size_t room = many - taken < 40 ? many - taken : 40;
    got[taken].struct_size = sizeof got[0];
    CHECK_STATUS(ZEST_OK, zest_next_batch(service, got + taken, room, &count, 5000));
    CHECK(count >= 1 && count <= room);
    taken += count;
    ++calls;
  }
  CHECK(taken == many);
  for (int i = 0; i < many; ++i) {
    CHECK(got[i].struct_size == sizeof got[i]);
    CHECK(got[i].fd >= 0 && got[i].listener_id == 7);
    close_pair(&got[i], clients[i]);
  }
  stop(service);
}

/* A host compiled against a later zest has larger structs; what we don't know is zeroed. */
static void a_larger_struct_is_the_stride(void) {
  struct later {
    zest_connection known;
    uint64_t unknown[2];
  };
  uint16_t port = 0;
  zest_service* service = start_one(0, &port);
  int clients[3];
  struct later got[4];
  memset(got, 0x5a, sizeof got);
  for (int i = 0; i < 3; ++i) clients[i] = connect_to(port);
  usleep(50000);
  size_t taken = 0;
  while (taken < 3) {
    size_t count = 0;
    got[taken].known.struct_size = sizeof got[0];
    CHECK_STATUS(ZEST_OK, zest_next_batch(service, &got[taken].known, 3 - taken, &count, 5000));
    taken += count;
  }
  for (int i = 0; i < 3; ++i) {
    CHECK(got[i].known.struct_size == sizeof got[i]);
    CHECK(got[i].known.listener_id == 7);
    CHECK(got[i].unknown[0] == 0 && got[i].unknown[1] == 0);
    close_pair(&got[i].known, clients[i]);
  }
  CHECK(got[3].unknown[0] == 0x5a5a5a5a5a5a5a5a);
  stop(service);
}

static void each_thread_has_a_shard_to_take_from(void) {
  zest_settings settings = ZEST_SETTINGS_INIT;
  settings.threads_per_address = 2;
  zest_report* report = NULL;
  zest_service* service = start("127.0.0.1:0", 3, &settings, &report);
  const uint16_t port = row_of(report, 0).address.port;
  CHECK_STATUS(ZEST_OK, zest_report_free(&report));
  uint32_t shards = 0;
  CHECK_STATUS(ZEST_OK, zest_shard_count(service, &shards));
  CHECK(shards == 2);
  int clients[20];
  for (int i = 0; i < 20; ++i) clients[i] = connect_to(port);
  int taken = 0;
  for (uint32_t turn = 0; taken < 20 && turn < 1000; ++turn) {
    const uint32_t shard = turn % 2;
    zest_connection got[8] = {ZEST_CONNECTION_INIT};
    size_t count = 0;
    const zest_status status = zest_shard_next_batch(service, shard, got, 8, &count, 10);
    CHECK(status == ZEST_OK || status == ZEST_TIMED_OUT);
    if (status != ZEST_OK) continue;
    for (size_t i = 0; i < count; ++i) {
      CHECK(got[i].shard == shard);
      close(got[i].fd);
      ++taken;
    }
  }
  CHECK(taken == 20);
  for (int i = 0; i < 20; ++i) close(clients[i]);
  stop(service);
}

static void events_of_both_kinds_of_backend(void) {
  for (uint32_t backend = ZEST_BACKEND_AUTO; backend <= ZEST_BACKEND_EPOLL; ++backend) {
    zest_settings settings = ZEST_SETTINGS_INIT;
    settings.threads_per_address = 1;
    settings.backend = backend;
    zest_listener_config config = ZEST_LISTENER_CONFIG_INIT;
    config.address = "127.0.0.1:0";
    zest_service* service = NULL;
    zest_report* report = NULL;
    const zest_status status = zest_listen(&config, 1, &settings, &service, &report, NULL);
    if (backend == ZEST_BACKEND_IO_URING && status != ZEST_OK) {
      check_skip_one("io_uring is refused here");
      CHECK_STATUS(ZEST_OK, zest_report_free(&report));
      continue;
    }
    CHECK_STATUS(ZEST_OK, status);
    const zest_report_row row = row_of(report, 0);
    if (backend != ZEST_BACKEND_AUTO) CHECK(row.backend == backend);
    const int client = connect_to(row.address.port);
    zest_connection got;
    take_one(service, &got);
    close_pair(&got, client);
    CHECK_STATUS(ZEST_OK, zest_report_free(&report));
    stop(service);
  }
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  RUN(a_connection_comes_with_all_that_is_known_of_it);
  RUN(waits_are_as_long_as_asked_for);
  RUN(an_endless_wait_ends_with_a_connection_or_with_the_service);
  RUN(freeing_waits_for_the_calls_of_others);
  RUN(a_batch_takes_what_is_there);
  RUN(a_larger_struct_is_the_stride);
  RUN(each_thread_has_a_shard_to_take_from);
  RUN(events_of_both_kinds_of_backend);
  return check_end();
}
