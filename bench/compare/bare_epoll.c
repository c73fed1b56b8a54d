/* bare_epoll: the other two ways to accept. Default: epoll, then accept4 until EAGAIN.
 * --variant blocking: a thread that stands in accept4. */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "common.h"

static server_options options;

/* False: nothing waits now. */
static bool accept_one(lane *lane) {
  int fd = accept4(lane->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) {
    check(errno == EAGAIN || errno == ECONNABORTED, "accept4");
    return errno == ECONNABORTED;
  }
  connection_serve(fd, options.work, lane);
  return true;
}

static void *blocking_run(void *argument) {
  for (;;) accept_one(argument);
  return NULL;
}

static void *epoll_run(void *argument) {
  lane *lane = argument;
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN};
  check(epoll >= 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, lane->listener, &event) == 0, "epoll");
  while (epoll_wait(epoll, &event, 1, -1) >= 0 || errno == EINTR) {
    while (accept_one(lane)) continue;
  }
  fatal("epoll_wait");
}

int main(int argc, char **argv) {
  options = options_parse(argc, argv);
  bool blocking = strcmp(options.variant, "blocking") == 0;
  listeners_open(&options, !blocking);
  lanes_start(&options, blocking ? blocking_run : epoll_run);
  main_wait();
  snapshot_print();
  return 0;
}
