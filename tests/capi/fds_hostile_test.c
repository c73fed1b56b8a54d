/* The far end is not trusted: what is not exactly a message is ZEST_BAD_MESSAGE, and no fd of it
 * stays. check.h sees that after each test. */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "passing.h"
#include "support.h"

enum { per_message = ZEST_FDS_PER_MESSAGE };

static const int types[] = {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM};

static zest_status receive(int socket, size_t* count, int32_t timeout_ms) {
  zest_connection got[per_message];
  memset(got, 0x5a, sizeof got);
  got[0].struct_size = sizeof got[0];
  zest_error error;
  const zest_status status = zest_recv_fds(socket, got, per_message, count, timeout_ms, &error);
  if (status != ZEST_OK) CHECK(got[0].fd == 0x5a5a5a5a && error.code == status);
  if (status == ZEST_BAD_MESSAGE) CHECK_CONTAINS(error.message, "not a message of zest_send_fds");
  if (status == ZEST_OK)
    for (size_t i = 0; i < *count; ++i) close(got[i].fd);
  return status;
}

/* On each kind of socket from this one; the next message, which is good, arrives where there are
 * boundaries. */
static void is_bad_from(int first, const struct message* message) {
  for (int i = first; i < 3; ++i) {
    struct pair pair = new_pair(types[i]);
    struct message good;
    size_t count = 77;
    send_message(pair.there, message);
    if (types[i] == SOCK_STREAM) shutdown(pair.there, SHUT_WR);
    CHECK_STATUS(ZEST_BAD_MESSAGE, receive(pair.here, &count, 2000));
    CHECK(count == 77);
    if (types[i] != SOCK_STREAM) {
      good_message(&good, 2);
      send_message(pair.there, &good);
      CHECK_STATUS(ZEST_OK, receive(pair.here, &count, 2000));
      CHECK(count == 2);
    }
    close(pair.here);
    close(pair.there);
  }
}

static void is_bad(const struct message* message) { is_bad_from(0, message); }

static void a_good_one_for_comparison(void) {
  for (uint32_t n = 1; n <= per_message; n += 127) {
    struct message message;
    good_message(&message, n);
    for (int i = 0; i < 3; ++i) {
      struct pair pair = new_pair(types[i]);
      size_t count = 0;
      send_message(pair.there, &message);
      CHECK_STATUS(ZEST_OK, receive(pair.here, &count, 2000));
      CHECK(count == n);
      close(pair.here);
      close(pair.there);
    }
  }
}

static void garbage(void) {
  struct message message;
  for (size_t size = 1; size < 40000; size = size * 2 + 3) {
    good_message(&message, 1);
    memset(message.bytes, 0xa5, sizeof message.bytes);
    message.size = size;
    message.fds = size % 5;
    is_bad(&message);
  }
}

static void headers_that_lie(void) {
  static const uint32_t counts[] = {0, 1, 3, 127, 128, 129, 253, 0x80000000u, UINT32_MAX};
  struct message message;
  for (size_t i = 0; i < sizeof counts / sizeof counts[0]; ++i) {
    good_message(&message, 2);
    put_u32(&message, 4, counts[i]);
    is_bad(&message);
  }
  good_message(&message, 2);
  put_u32(&message, 0, 0x3144465b);
  is_bad(&message);
}

static void messages_cut_short(void) {
  struct message message;
  for (size_t size = 1; size < header_size + 2 * record_size; size += size < 16 ? 1 : 37) {
    good_message(&message, 2);
    message.size = size;
    is_bad(&message);
  }
}

static void messages_that_are_too_long(void) {
  struct message message;
  for (size_t more = 1; more < 2000; more = more * 3) {
    good_message(&message, 2);
    message.size += more;
    is_bad(&message);
  }
  good_message(&message, per_message);
  message.size += 1;
  is_bad_from(1, &message); /* on a stream it is the next one's first byte */
}

static void more_fds_than_told_or_fewer(void) {
  static const size_t fds[] = {0, 1, 3, 127, 128, 129, 200, 253};
  struct message message;
  for (size_t i = 0; i < sizeof fds / sizeof fds[0]; ++i) {
    good_message(&message, 2);
    message.fds = fds[i];
    is_bad(&message);
    if (fds[i] == 128) continue;
    good_message(&message, per_message);
    message.fds = fds[i];
    is_bad(&message);
  }
}

static void records_that_lie(void) {
  enum { protocol = 16, local = 24, family = 0, path_size = 24, address = 136 };
  struct message message;
  for (size_t record = 0; record < 2; ++record) {
    const size_t at = header_size + record * record_size;
    good_message(&message, 2);
    put_u32(&message, at + protocol, 3);
    is_bad(&message);
    for (size_t end = 0; end < 2; ++end) {
      good_message(&message, 2);
      put_u32(&message, at + local + end * address + path_size, 109);
      is_bad(&message);
      put_u32(&message, at + local + end * address + path_size, UINT32_MAX);
      is_bad(&message);
      good_message(&message, 2);
      put_u32(&message, at + local + end * address + family, 5);
      is_bad(&message);
    }
  }
}

static void fds_without_bytes(void) {
  struct message message;
  good_message(&message, 2);
  message.size = 0;
  struct pair pair = new_pair(SOCK_SEQPACKET);
  size_t count = 0;
  send_message(pair.there, &message);
  CHECK_STATUS(ZEST_BAD_MESSAGE, receive(pair.here, &count, 1000));
  close(pair.here);
  close(pair.there);
}

struct dribble {
  int socket;
  struct message message;
  size_t first;
};

/* The first piece with the fds, and after a while the rest of it. */
static void* send_in_two(void* argument) {
  struct dribble* dribble = argument;
  struct message first = dribble->message;
  first.size = dribble->first;
  send_message(dribble->socket, &first);
  usleep(150000);
  const size_t left = dribble->message.size - dribble->first;
  CHECK(send(dribble->socket, dribble->message.bytes + dribble->first, left, MSG_NOSIGNAL) ==
        (ssize_t)left);
  return NULL;
}

/* The deadline is for the beginning: a message cut in two by it would be lost. */
static void a_message_in_pieces_is_waited_for(void) {
  static struct dribble dribble;
  good_message(&dribble.message, 5);
  for (dribble.first = 8; dribble.first < dribble.message.size; dribble.first += 400) {
    struct pair pair = new_pair(SOCK_STREAM);
    dribble.socket = pair.there;
    pthread_t thread;
    size_t count = 0;
    REQUIRE(pthread_create(&thread, NULL, send_in_two, &dribble) == 0);
    CHECK(readable(pair.here, 5000));
    CHECK_STATUS(ZEST_OK, receive(pair.here, &count, 0));
    CHECK(count == 5);
    pthread_join(thread, NULL);
    close(pair.here);
    close(pair.there);
  }
}

static void a_message_that_is_never_finished(void) {
  struct pair pair = new_pair(SOCK_STREAM);
  struct message message;
  size_t count = 0;
  good_message(&message, 5);
  message.size = 100;
  send_message(pair.there, &message);
  const int64_t before = now_ms();
  CHECK_STATUS(ZEST_BAD_MESSAGE, receive(pair.here, &count, 10));
  CHECK(now_ms() - before < 5000);
  close(pair.here);
  close(pair.there);
}

static void sockets_that_are_none(void) {
  zest_connection* one = make_connections(1);
  struct pair pair = new_pair(SOCK_STREAM);
  zest_error error;
  size_t count = 77;
  CHECK_STATUS(ZEST_SYSTEM, zest_send_fds(-1, one, 1, &count, 0, &error));
  CHECK(error.os_errno == EBADF && count == 0);
  CHECK_STATUS(ZEST_SYSTEM, zest_send_fds(one->fd, one, 1, &count, 0, &error));
  CHECK(error.os_errno == ENOTSOCK);
  CHECK_STATUS(ZEST_SYSTEM, receive(-1, &count, 0));
  CHECK_STATUS(ZEST_SYSTEM, receive(one->fd, &count, 0));
  /* TCP would carry the bytes, and leave the fds behind without a word. */
  uint16_t port = 0;
  const int listening = foreign_socket(SOCK_STREAM, 0, 1, &port);
  const int client = connect_to(port);
  CHECK_STATUS(ZEST_INVALID_ARGUMENT, zest_send_fds(client, one, 1, &count, 0, &error));
  CHECK_CONTAINS(error.message, "is no Unix socket");
  close(client);
  close(listening);
  /* An event has no fd to send. */
  const int fd = one->fd;
  one->fd = -1;
  CHECK_STATUS(ZEST_INVALID_ARGUMENT, zest_send_fds(pair.there, one, 1, &count, 0, &error));
  CHECK_CONTAINS(error.message, "index 0 has no fd");
  one->fd = 100000;
  CHECK_STATUS(ZEST_SYSTEM, zest_send_fds(pair.there, one, 1, &count, 0, &error));
  CHECK(error.os_errno == EBADF && count == 0 && !readable(pair.here, 0));
  one->fd = fd;
  drop(one, 1);
  close(pair.here);
  close(pair.there);
}

static void arguments_out_of_range(void) {
  struct pair pair = new_pair(SOCK_STREAM);
  zest_connection* one = make_connections(1);
  zest_connection got[per_message];
  size_t count = 77;
  got[0] = (zest_connection)ZEST_CONNECTION_INIT;
  CHECK_STATUS(ZEST_NULL_ARGUMENT, zest_send_fds(pair.there, NULL, 1, &count, 0, NULL));
  CHECK_STATUS(ZEST_NULL_ARGUMENT, zest_send_fds(pair.there, one, 1, NULL, 0, NULL));
  CHECK_STATUS(ZEST_NULL_ARGUMENT, zest_recv_fds(pair.here, NULL, 128, &count, 0, NULL));
  CHECK_STATUS(ZEST_NULL_ARGUMENT, zest_recv_fds(pair.here, got, 128, NULL, 0, NULL));
  CHECK_STATUS(ZEST_INVALID_ARGUMENT, zest_recv_fds(pair.here, got, 127, &count, 0, NULL));
  CHECK_STATUS(ZEST_INVALID_ARGUMENT, zest_recv_fds(pair.here, got, 0, &count, 0, NULL));
  got[0].struct_size = one[0].struct_size = sizeof got[0] - 8;
  CHECK_STATUS(ZEST_UNSUPPORTED, zest_recv_fds(pair.here, got, 128, &count, 0, NULL));
  CHECK_STATUS(ZEST_UNSUPPORTED, zest_send_fds(pair.there, one, 1, &count, 0, NULL));
  got[0].struct_size = one[0].struct_size = UINT32_MAX;
  CHECK_STATUS(ZEST_UNSUPPORTED, zest_recv_fds(pair.here, got, 128, &count, 0, NULL));
  CHECK_STATUS(ZEST_UNSUPPORTED, zest_send_fds(pair.there, one, 1, &count, 0, NULL));
  drop(one, 1);
  close(pair.here);
  close(pair.there);
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  RUN(a_good_one_for_comparison);
  RUN(garbage);
  RUN(headers_that_lie);
  RUN(messages_cut_short);
  RUN(messages_that_are_too_long);
  RUN(more_fds_than_told_or_fewer);
  RUN(records_that_lie);
  RUN(fds_without_bytes);
  RUN(a_message_in_pieces_is_waited_for);
  RUN(a_message_that_is_never_finished);
  RUN(sockets_that_are_none);
  RUN(arguments_out_of_range);
  return check_end();
}
