#include "passing.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"

struct pair new_pair(int type) {
  int ends[2];
  REQUIRE(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) == 0);
  const struct pair pair = {.here = ends[0], .there = ends[1]};
  return pair;
}

static int file_with(size_t number) {
  int ends[2];
  REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
  REQUIRE(write(ends[1], &number, sizeof number) == sizeof number);
  close(ends[1]);
  return ends[0];
}

static zest_address address_of(size_t i) {
  zest_address address = {.family = ZEST_FAMILY_IPV4, .port = (uint16_t)(1000 + i)};
  memset(address.path, 0x77, sizeof address.path); /* does not count, and is not sent */
  if (i % 3 == 1) {
    address.family = ZEST_FAMILY_IPV6;
    address.scope_id = (uint32_t)i;
  }
  memset(address.ip, (int)i, address.family == ZEST_FAMILY_IPV4 ? 4 : 16);
  if (i % 3 != 2) return address;
  memset(&address, 0, sizeof address);
  address.family = ZEST_FAMILY_UNIX;
  address.path_size = (uint32_t)(i % sizeof address.path);
  memset(address.path, (int)i, address.path_size);
  return address;
}

zest_connection* make_connections(size_t count) {
  zest_connection* made = calloc(count, sizeof *made);
  for (size_t i = 0; i < count; ++i) {
    made[i] = (zest_connection)ZEST_CONNECTION_INIT;
    made[i].fd = file_with(i);
    made[i].listener_id = UINT64_MAX - i;
    made[i].protocol = (uint32_t)(i % 3);
    made[i].shard = (uint32_t)i * 7;
    made[i].accepted_at_ns = (int64_t)i * 1000003;
    made[i].local = address_of(i);
    made[i].remote = address_of(i + 1);
  }
  return made;
}

void drop(zest_connection* connections, size_t count) {
  for (size_t i = 0; i < count; ++i) close(connections[i].fd);
  free(connections);
}

static int same_address(const zest_address* one, const zest_address* other) {
  return one->family == other->family && one->port == other->port &&
         one->scope_id == other->scope_id && memcmp(one->ip, other->ip, sizeof one->ip) == 0 &&
         one->path_size == other->path_size && memcmp(one->path, other->path, one->path_size) == 0;
}

void is_connection(const zest_connection* connection, size_t i) {
  const zest_address local = address_of(i);
  const zest_address remote = address_of(i + 1);
  size_t number = SIZE_MAX;
  CHECK(connection->fd >= 0 && (fcntl(connection->fd, F_GETFD) & FD_CLOEXEC));
  CHECK(read(connection->fd, &number, sizeof number) == sizeof number && number == i);
  CHECK(connection->listener_id == UINT64_MAX - i);
  CHECK(connection->protocol == i % 3);
  CHECK(connection->shard == i * 7);
  CHECK(connection->accepted_at_ns == (int64_t)i * 1000003);
  CHECK(connection->os_errno == 0 && connection->reserved == 0);
  CHECK(same_address(&connection->local, &local));
  CHECK(same_address(&connection->remote, &remote));
}

void put_u32(struct message* message, size_t at, uint32_t value) {
  memcpy(message->bytes + at, &value, sizeof value);
}

void good_message(struct message* message, uint32_t count) {
  memset(message, 0, sizeof *message);
  memcpy(message->bytes, "ZFD1", 4);
  put_u32(message, 4, count);
  message->size = header_size + (size_t)count * record_size;
  message->fds = count;
}

void send_message(int socket, const struct message* message) {
  union {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(253 * sizeof(int))];
  } control;
  struct iovec bytes = {.iov_base = (void*)(uintptr_t)message->bytes, .iov_len = message->size};
  struct msghdr header = {.msg_iov = &bytes, .msg_iovlen = 1};
  if (message->fds > 0) {
    memset(&control, 0, sizeof control);
    header.msg_control = &control;
    header.msg_controllen = CMSG_SPACE(message->fds * sizeof(int));
    struct cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(message->fds * sizeof(int));
    memset(CMSG_DATA(rights), 0, message->fds * sizeof(int));
  }
  CHECK(sendmsg(socket, &header, MSG_NOSIGNAL) == (ssize_t)message->size);
}
