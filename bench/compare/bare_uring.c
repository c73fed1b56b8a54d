/* bare_uring: the yardstick. One ring per thread, one multishot accept, one system call per turn.
 * Byte and close are plain calls, as a host of zest makes them: through the ring they cost the
 * same. The fds come without their addresses, which multishot accept cannot tell. */
#include <errno.h>
#include <liburing.h>
#include <string.h>
#include <sys/socket.h>

#include "common.h"

static server_options options;

static void accept_arm(struct io_uring *ring, int listener) {
  struct io_uring_sqe *sqe = io_uring_get_sqe(ring);
  io_uring_prep_multishot_accept(sqe, listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  io_uring_sqe_set_data64(sqe, 1);
}

static void accepted_serve(const struct io_uring_cqe *cqe, lane *lane) {
  if (cqe->res >= 0)
    connection_serve(cqe->res, options.work, lane);
  else if (cqe->res != -ECONNABORTED && cqe->res != -EAGAIN)
    errno = -cqe->res, fatal("accept");
}

static void *loop_run(void *argument) {
  lane *lane = argument;
  struct io_uring ring;
  struct io_uring_params params = {
      .flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE,
      .cq_entries = 4096};
  errno = -io_uring_queue_init_params(64, &ring, &params);
  check(errno == 0, "io_uring_queue_init_params");
  check(io_uring_register_ring_fd(&ring) == 1, "io_uring_register_ring_fd");
  accept_arm(&ring, lane->listener);
  for (;;) {
    io_uring_submit_and_wait(&ring, 1);
    struct io_uring_cqe *cqe;
    unsigned head, seen = 0;
    bool armed = true;
    io_uring_for_each_cqe(&ring, head, cqe) {
      accepted_serve(cqe, lane);
      armed = armed && (cqe->flags & IORING_CQE_F_MORE);
      seen++;
    }
    io_uring_cq_advance(&ring, seen);
    if (!armed) accept_arm(&ring, lane->listener);
  }
  return NULL;
}

int main(int argc, char **argv) {
  options = options_parse(argc, argv);
  listeners_open(&options, true);
  lanes_start(&options, loop_run);
  main_wait();
  snapshot_print();
  return 0;
}
