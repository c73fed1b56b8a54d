/* Connections passed to another process, with all that is known of them. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "passing.h"
#include "support.h"

enum { many = 300, per_message = ZEST_FDS_PER_MESSAGE };

static zest_status receive(int socket, zest_connection* out, size_t* count, int32_t timeout_ms) {
  out[0] = (zest_connection)ZEST_CONNECTION_INIT;
  return zest_recv_fds(socket, out, per_message, count, timeout_ms, NULL);
}

static int receive_many(void* context) {
  const struct pair* pair = context;
  close(pair->there);
  static zest_connection got[per_message];
  size_t taken = 0;
  zest_status status;
  size_t count = 0;
  while ((status = receive(pair->here, got, &count, 10000)) == ZEST_OK) {
    CHECK(count >= 1 && count <= per_message);
    for (size_t i = 0; i < count; ++i) {
      CHECK(got[i].struct_size == sizeof got[i]);
      is_connection(&got[i], taken + i);
      close(got[i].fd);
    }
    taken += count;
  }
  CHECK_STATUS(ZEST_CLOSED, status);
  CHECK(taken == many);
  return 0;
}

/* The child holds no copy of our end, and we none of its: each sees when the other is gone. */
static void to_another_process(int type) {
  struct pair pair = new_pair(type);
  zest_connection* connections = make_connections(many);
  const int small = 30000; /* so that it takes several waits */
  CHECK(setsockopt(pair.there, SOL_SOCKET, SO_SNDBUF, &small, sizeof small) == 0);
  fflush(NULL);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    alarm(60);
    _exit(receive_many(&pair) || check_failures());
  }
  close(pair.here);
  size_t sent = 0;
  CHECK_STATUS(ZEST_OK, zest_send_fds(pair.there, connections, many, &sent, -1, NULL));
  CHECK(sent == many);
  close(pair.there);
  CHECK(wait_for_child(child) == 0);
  drop(connections, many);
}

static void three_hundred_over_a_stream(void) { to_another_process(SOCK_STREAM); }
static void three_hundred_over_packets(void) { to_another_process(SOCK_SEQPACKET); }
static void three_hundred_over_datagrams(void) {
  struct pair pair = new_pair(SOCK_DGRAM);
  zest_connection* connections = make_connections(per_message);
  static zest_connection got[per_message];
  size_t sent = 0;
  size_t count = 0;
  CHECK_STATUS(ZEST_OK, zest_send_fds(pair.there, connections, per_message, &sent, 0, NULL));
  CHECK_STATUS(ZEST_OK, receive(pair.here, got, &count, 0));
  CHECK(sent == per_message && count == per_message);
  for (size_t i = 0; i < count; ++i) {
    is_connection(&got[i], i);
    close(got[i].fd);
  }
  drop(connections, per_message);
  close(pair.here);
  close(pair.there);
}

static void a_real_connection_goes_on_elsewhere(void) {
  uint16_t port = 0;
  zest_service* service = start_one(0, &port);
  struct pair pair = new_pair(SOCK_SEQPACKET);
  const int client = connect_to(port);
  zest_connection got = ZEST_CONNECTION_INIT;
  CHECK_STATUS(ZEST_OK, zest_next(service, &got, 5000));
  size_t sent = 0;
  CHECK_STATUS(ZEST_OK, zest_send_fds(pair.there, &got, 1, &sent, 0, NULL));
  close(got.fd);
  static zest_connection there[per_message];
  size_t count = 0;
  CHECK_STATUS(ZEST_OK, receive(pair.here, there, &count, 0));
  CHECK(sent == 1 && count == 1);
  CHECK(there[0].listener_id == got.listener_id && there[0].accepted_at_ns == got.accepted_at_ns);
  CHECK(there[0].remote.port == got.remote.port);
  CHECK(write(there[0].fd, "over", 4) == 4);
  char bytes[4] = {0};
  CHECK(read(client, bytes, 4) == 4 && memcmp(bytes, "over", 4) == 0);
  close(there[0].fd);
  close(client);
  close(pair.here);
  close(pair.there);
  stop(service);
}

static void nothing_to_send_is_sent(void) {
  struct pair pair = new_pair(SOCK_STREAM);
  size_t sent = 77;
  CHECK_STATUS(ZEST_OK, zest_send_fds(pair.there, NULL, 0, &sent, 0, NULL));
  CHECK(sent == 0);
  CHECK(!readable(pair.here, 0));
  close(pair.here);
  close(pair.there);
}

static void waits_are_as_long_as_asked_for(int type) {
  struct pair pair = new_pair(type);
  static zest_connection got[per_message];
  size_t count = 77;
  int64_t before = now_ms();
  CHECK_STATUS(ZEST_TIMED_OUT, receive(pair.here, got, &count, 0));
  CHECK_STATUS(ZEST_TIMED_OUT, receive(pair.here, got, &count, 60));
  CHECK(now_ms() - before >= 60 && count == 77);
  /* A peer that does not read: some messages fit, the rest must wait. */
  zest_connection* connections = make_connections(1);
  zest_status status;
  size_t total = 0;
  size_t sent = 0;
  while ((status = zest_send_fds(pair.there, connections, 1, &sent, 0, NULL)) == ZEST_OK)
    total += sent;
  CHECK_STATUS(ZEST_TIMED_OUT, status);
  CHECK(sent == 0 && total > 10);
  before = now_ms();
  CHECK_STATUS(ZEST_TIMED_OUT, zest_send_fds(pair.there, connections, 1, &sent, 60, NULL));
  CHECK(now_ms() - before >= 60);
  for (size_t i = 0; i < total; ++i) {
    CHECK_STATUS(ZEST_OK, receive(pair.here, got, &count, 0));
    CHECK(count == 1);
    close(got[0].fd);
  }
  CHECK_STATUS(ZEST_TIMED_OUT, receive(pair.here, got, &count, 0));
  drop(connections, 1);
  close(pair.here);
  close(pair.there);
}

static void waits_on_a_stream(void) { waits_are_as_long_as_asked_for(SOCK_STREAM); }
static void waits_on_packets(void) { waits_are_as_long_as_asked_for(SOCK_SEQPACKET); }

static void a_peer_that_has_gone(void) {
  static const int types[] = {SOCK_STREAM, SOCK_SEQPACKET};
  static zest_connection got[per_message];
  zest_connection* connections = make_connections(1);
  for (int i = 0; i < 2; ++i) {
    struct pair pair = new_pair(types[i]);
    size_t sent = 77;
    size_t count = 77;
    zest_error error;
    close(pair.there);
    got[0] = (zest_connection)ZEST_CONNECTION_INIT;
    CHECK_STATUS(ZEST_CLOSED, zest_recv_fds(pair.here, got, per_message, &count, -1, &error));
    CHECK(error.code == ZEST_CLOSED);
    CHECK_CONTAINS(error.message, "the peer has closed");
    CHECK_STATUS(ZEST_CLOSED, zest_send_fds(pair.here, connections, 1, &sent, -1, &error));
    CHECK(sent == 0 && count == 77);
    close(pair.here);
  }
  drop(connections, 1);
}

/* What can't be received for want of fds is received later. */
static void without_fds_nothing_is_lost(int type) {
  struct pair pair = new_pair(type);
  zest_connection* connections = make_connections(20);
  static zest_connection got[per_message];
  size_t sent = 0;
  size_t count = 77;
  CHECK_STATUS(ZEST_OK, zest_send_fds(pair.there, connections, 20, &sent, 0, NULL));
  struct hoard hoard;
  hoard_fds(&hoard, 7);
  got[0] = (zest_connection)ZEST_CONNECTION_INIT;
  zest_error error;
  CHECK_STATUS(ZEST_OUT_OF_FDS, zest_recv_fds(pair.here, got, per_message, &count, 0, &error));
  CHECK(error.os_errno == EMFILE && count == 77);
  CHECK_STATUS(ZEST_OUT_OF_FDS, receive(pair.here, got, &count, 0));
  give_fds_back(&hoard);
  CHECK_STATUS(ZEST_OK, receive(pair.here, got, &count, 0));
  CHECK(count == 20);
  for (size_t i = 0; i < count; ++i) {
    is_connection(&got[i], i);
    close(got[i].fd);
  }
  drop(connections, 20);
  close(pair.here);
  close(pair.there);
}

static void without_fds_on_a_stream(void) { without_fds_nothing_is_lost(SOCK_STREAM); }
static void without_fds_on_packets(void) { without_fds_nothing_is_lost(SOCK_SEQPACKET); }

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  limit_fds();
  RUN(three_hundred_over_a_stream);
  RUN(three_hundred_over_packets);
  RUN(three_hundred_over_datagrams);
  RUN(a_real_connection_goes_on_elsewhere);
  RUN(nothing_to_send_is_sent);
  RUN(waits_on_a_stream);
  RUN(waits_on_packets);
  RUN(a_peer_that_has_gone);
  RUN(without_fds_on_a_stream);
  RUN(without_fds_on_packets);
  return check_end();
}
