/* relay_uring: one ring (DEFER_TASKRUN), multishot accept and receives into 64 kB buffers that the
 * ring hands out, one system call per turn. Per direction one send is under way; what comes
 * meanwhile waits in its buffers. */
#include <errno.h>
#include <liburing.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "relay.h"
#include "wire.h"

enum { BUFFERS = 512, GROUP = 1, NONE = -1 };
typedef enum { OP_ACCEPT, OP_RECV, OP_SEND } op_kind;

/* One end, by its fd. Buffers received from it wait here to be sent to its peer. */
typedef struct side {
  bool open, ending, receiving, sending, starved;
  int peer, first, last; /* of the queue of buffers */
} side;

static relay_options options;
static struct io_uring ring;
static struct io_uring_buf_ring *given;
static char *memory;
static int next_of[BUFFERS], size_of[BUFFERS];
static side sides[FDS_MAX];
static int starved[FDS_MAX], starved_count;

static struct io_uring_sqe *sqe_get(void) {
  struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);
  if (!sqe) {
    io_uring_submit(&ring);
    sqe = io_uring_get_sqe(&ring);
  }
  check(sqe != NULL, "io_uring_get_sqe");
  return sqe;
}

static void tag(struct io_uring_sqe *sqe, op_kind op, int fd) {
  io_uring_sqe_set_data64(sqe, (uint64_t)op << 32 | (uint32_t)fd);
}

static void accept_arm(int listener) {
  struct io_uring_sqe *sqe = sqe_get();
  io_uring_prep_multishot_accept(sqe, listener, NULL, NULL, SOCK_CLOEXEC);
  tag(sqe, OP_ACCEPT, listener);
}

static void recv_arm(int fd) {
  struct io_uring_sqe *sqe = sqe_get();
  io_uring_prep_recv_multishot(sqe, fd, NULL, 0, 0);
  sqe->flags |= IOSQE_BUFFER_SELECT;
  sqe->buf_group = GROUP;
  tag(sqe, OP_RECV, fd);
  sides[fd].receiving = true;
}

static void send_first(int fd) {
  const side *s = &sides[fd];
  struct io_uring_sqe *sqe = sqe_get();
  io_uring_prep_send(sqe, s->peer, memory + (size_t)s->first * READ_SIZE, (size_t)size_of[s->first],
                     MSG_NOSIGNAL | MSG_WAITALL);
  tag(sqe, OP_SEND, fd);
  sides[fd].sending = true;
}

static void starved_feed(void) {
  int count = starved_count;
  starved_count = 0;
  for (int i = 0; i < count; i++) {
    side *s = &sides[starved[i]];
    if (s->open && s->starved && !s->ending) recv_arm(starved[i]);
    s->starved = false;
  }
}

static void buffer_give(int id) {
  io_uring_buf_ring_add(given, memory + (size_t)id * READ_SIZE, RELAY_READ, (unsigned short)id,
                        io_uring_buf_ring_mask(BUFFERS), 0);
  io_uring_buf_ring_advance(given, 1);
}

static void queue_drop(side *s) {
  int id = s->first;
  s->first = next_of[id];
  buffer_give(id);
}

static void side_open(int fd, int peer) {
  check(fd < FDS_MAX, "too many connections");
  sides[fd] = (side){.open = true, .peer = peer, .first = NONE};
  recv_arm(fd);
}

/* An ending side goes when nothing of it is under way any more. */
static void side_settle(int fd) {
  side *s = &sides[fd];
  if (!s->open || !s->ending || s->receiving || s->sending) return;
  while (s->first != NONE) queue_drop(s);
  s->open = false;
  close(fd);
}

/* Both ends close; their operations come back first, hurried by the shutdown. */
static void pair_end(int fd) {
  int peer = sides[fd].peer;
  if (sides[fd].ending) return;
  sides[fd].ending = sides[peer].ending = true;
  shutdown(fd, SHUT_RDWR);
  shutdown(peer, SHUT_RDWR);
  side_settle(peer);
}

static void accepted(int client) {
  int origin = relay_connect(&options, false);
  side_open(origin, client);
  side_open(client, origin);
}

static void received(int fd, const struct io_uring_cqe *cqe) {
  side *s = &sides[fd];
  s->receiving = cqe->flags & IORING_CQE_F_MORE;
  if (cqe->res > 0) {
    int id = (int)(cqe->flags >> IORING_CQE_BUFFER_SHIFT);
    size_of[id] = cqe->res;
    next_of[id] = NONE;
    if (s->first == NONE)
      s->first = id;
    else
      next_of[s->last] = id;
    s->last = id;
    if (!s->sending && !s->ending) send_first(fd);
    if (!s->receiving && !s->ending) recv_arm(fd);
  } else if (cqe->res == -ENOBUFS) {
    s->starved = true;
    starved[starved_count++] = fd;
  } else {
    pair_end(fd);
  }
  side_settle(fd);
}

static void sent(int fd, const struct io_uring_cqe *cqe) {
  side *s = &sides[fd];
  bool whole = cqe->res == size_of[s->first];
  s->sending = false;
  queue_drop(s);
  if (!whole) pair_end(fd);
  if (s->first != NONE && !s->ending) send_first(fd);
  side_settle(fd);
}

static void completed(const struct io_uring_cqe *cqe) {
  int fd = (int)(uint32_t)cqe->user_data;
  switch ((op_kind)(cqe->user_data >> 32)) {
    case OP_ACCEPT:
      if (cqe->res >= 0) accepted(cqe->res);
      if (!(cqe->flags & IORING_CQE_F_MORE)) accept_arm(fd);
      break;
    case OP_RECV: received(fd, cqe); break;
    case OP_SEND: sent(fd, cqe); break;
  }
}

static void *pages(size_t size) {
  void *got = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  check(got != MAP_FAILED, "mmap");
  return got;
}

static void buffers_give(void) {
  given = pages(BUFFERS * sizeof(struct io_uring_buf));
  memory = pages((size_t)BUFFERS * READ_SIZE);
  struct io_uring_buf_reg with = {
      .ring_addr = (uintptr_t)given, .ring_entries = BUFFERS, .bgid = GROUP};
  errno = -io_uring_register_buf_ring(&ring, &with, 0);
  check(errno == 0, "io_uring_register_buf_ring");
  io_uring_buf_ring_init(given);
  for (int i = 0; i < BUFFERS; i++) buffer_give(i);
}

int main(int argc, char **argv) {
  options = relay_options_read(argc, argv);
  struct io_uring_params params = {
      .flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE,
      .cq_entries = 8192};
  errno = -io_uring_queue_init_params(4096, &ring, &params);
  check(errno == 0, "io_uring_queue_init_params");
  check(io_uring_register_ring_fd(&ring) == 1, "io_uring_register_ring_fd");
  buffers_give();
  accept_arm(relay_listen(&options, false));
  for (;;) {
    io_uring_submit_and_wait(&ring, 1);
    struct io_uring_cqe *cqe;
    unsigned head, seen = 0;
    io_uring_for_each_cqe(&ring, head, cqe) {
      completed(cqe);
      seen++;
    }
    io_uring_cq_advance(&ring, seen);
    if (starved_count) starved_feed();
  }
}
