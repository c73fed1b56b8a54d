/* naive_handoff: what one writes first. The bare loop puts each fd into a ring buffer and rings an
 * eventfd for it; one consumer thread reads the eventfd and serves. */
#include <errno.h>
#include <liburing.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common.h"

enum { QUEUE_SIZE = 65536 }; /* more than the backlog holds: never full here */

static server_options options;
static int bell;
static int queue[QUEUE_SIZE];
static _Atomic uint32_t queue_head, queue_tail;

static void hand_over(int fd) {
  uint32_t tail = atomic_load_explicit(&queue_tail, memory_order_relaxed);
  check(tail - atomic_load_explicit(&queue_head, memory_order_acquire) < QUEUE_SIZE, "queue full");
  queue[tail % QUEUE_SIZE] = fd;
  atomic_store_explicit(&queue_tail, tail + 1, memory_order_release);
  check(eventfd_write(bell, 1) == 0, "eventfd_write");
}

static void *consumer_run(void *argument) {
  eventfd_t rung;
  while (eventfd_read(bell, &rung) == 0) {
    uint32_t head = atomic_load_explicit(&queue_head, memory_order_relaxed);
    uint32_t tail = atomic_load_explicit(&queue_tail, memory_order_acquire);
    for (; head != tail; head++) connection_serve(queue[head % QUEUE_SIZE], options.work, argument);
    atomic_store_explicit(&queue_head, head, memory_order_release);
  }
  fatal("eventfd_read");
}

static void *acceptor_run(void *argument) {
  lane *lane = argument;
  struct io_uring ring;
  struct io_uring_params params = {
      .flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE,
      .cq_entries = 4096};
  errno = -io_uring_queue_init_params(64, &ring, &params);
  check(errno == 0, "io_uring_queue_init_params");
  for (bool armed = false;;) {
    if (!armed)
      io_uring_prep_multishot_accept(io_uring_get_sqe(&ring), lane->listener, NULL, NULL,
                                     SOCK_NONBLOCK | SOCK_CLOEXEC);
    io_uring_submit_and_wait(&ring, 1);
    struct io_uring_cqe *cqe;
    unsigned head, seen = 0;
    armed = true;
    io_uring_for_each_cqe(&ring, head, cqe) {
      if (cqe->res >= 0) hand_over(cqe->res);
      armed = armed && (cqe->flags & IORING_CQE_F_MORE);
      seen++;
    }
    io_uring_cq_advance(&ring, seen);
  }
  return NULL;
}

int main(int argc, char **argv) {
  options = options_parse(argc, argv);
  check(options.threads == 1, "one acceptor thread: the queue has one writer");
  bell = eventfd(0, EFD_CLOEXEC);
  check(bell >= 0, "eventfd");
  listeners_open(&options, true);
  thread_start(consumer_run, &lanes[0]);
  lanes_start(&options, acceptor_run);
  main_wait();
  snapshot_print();
  return 0;
}
