/* best_handoff: the least that a hand-over to another thread costs. The bare loop publishes what a
 * turn brought with one store, and wakes the consumer only if it sleeps; nobody asks for addresses.
 * --variant batch: the acceptor's own wake-up interrupts nobody (SCHED_BATCH). */
#include <errno.h>
#include <liburing.h>
#include <linux/futex.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common.h"

enum { QUEUE_SIZE = 65536 }; /* more than the backlog holds: never full here */

static server_options options;
static int queue[QUEUE_SIZE];
static _Alignas(64) _Atomic uint32_t queue_head;
static _Alignas(64) _Atomic uint32_t queue_tail;
static _Alignas(64) _Atomic uint32_t sleeping;

/* Says that it sleeps, looks once more, sleeps: so it is seen, or sees. */
static uint32_t tail_wait(uint32_t head) {
  for (;;) {
    uint32_t tail = atomic_load(&queue_tail);
    if (tail != head) return tail;
    atomic_store(&sleeping, 1);
    if (atomic_load(&queue_tail) == head)
      syscall(SYS_futex, &sleeping, FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0);
    atomic_store(&sleeping, 0);
  }
}

static void *consumer_run(void *argument) {
  for (uint32_t head = 0;;) {
    uint32_t tail = tail_wait(head);
    for (; head != tail; head++) connection_serve(queue[head % QUEUE_SIZE], options.work, argument);
    atomic_store_explicit(&queue_head, head, memory_order_release);
  }
  return NULL;
}

static void publish(uint32_t tail) {
  check(tail - atomic_load_explicit(&queue_head, memory_order_acquire) <= QUEUE_SIZE, "queue full");
  atomic_store(&queue_tail, tail);
  if (atomic_load(&sleeping) && atomic_exchange(&sleeping, 0))
    syscall(SYS_futex, &sleeping, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void *acceptor_run(void *argument) {
  lane *lane = argument;
  const struct sched_param none = {0};
  if (strcmp(options.variant, "batch") == 0)
    check(sched_setscheduler(0, SCHED_BATCH, &none) == 0, "SCHED_BATCH");
  struct io_uring ring;
  struct io_uring_params params = {
      .flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE,
      .cq_entries = 4096};
  errno = -io_uring_queue_init_params(64, &ring, &params);
  check(errno == 0, "io_uring_queue_init_params");
  check(io_uring_register_ring_fd(&ring) == 1, "io_uring_register_ring_fd");
  uint32_t tail = 0;
  for (bool armed = false;;) {
    if (!armed)
      io_uring_prep_multishot_accept(io_uring_get_sqe(&ring), lane->listener, NULL, NULL,
                                     SOCK_NONBLOCK | SOCK_CLOEXEC);
    io_uring_submit_and_wait(&ring, 1);
    struct io_uring_cqe *cqe;
    unsigned head, seen = 0;
    armed = true;
    io_uring_for_each_cqe(&ring, head, cqe) {
      if (cqe->res >= 0) queue[tail++ % QUEUE_SIZE] = cqe->res;
      armed = armed && (cqe->flags & IORING_CQE_F_MORE);
      seen++;
    }
    io_uring_cq_advance(&ring, seen);
    publish(tail);
  }
  return NULL;
}

int main(int argc, char **argv) {
  options = options_parse(argc, argv);
  check(options.threads == 1, "one acceptor thread: the queue has one writer");
  listeners_open(&options, true);
  thread_start(consumer_run, &lanes[0]);
  lanes_start(&options, acceptor_run);
  main_wait();
  snapshot_print();
  return 0;
}
