/* zest_queue: a host with one consumer thread behind zest's acceptor threads.
 * Default: it waits in zest_next_batch. --variant event: it waits in its own epoll for the event
 * fd, as a host with a runtime does, and takes until there is nothing. */
#include <errno.h>
#include <sys/epoll.h>

#include "zest_host.h"

static server_options options;
static zest_service *service;

static void batch_serve(const batch *b, lane *lane) {
  for (size_t i = 0; i < b->count; i++) connection_serve(b->items[i].fd, options.work, lane);
}

/* Take and serve until the service says something else than "here are some". */
static zest_status take_all(batch *b, lane *lane, int32_t timeout_ms) {
  zest_status status;
  while ((status = zest_next_batch(service, b->items, BATCH, &b->count, timeout_ms)) == ZEST_OK)
    batch_serve(b, lane);
  return status;
}

static void *waiting_run(void *argument) {
  batch b;
  batch_init(&b);
  taker_end(take_all(&b, argument, -1));
  return NULL;
}

static void *event_run(void *argument) {
  int32_t fd = -1;
  check(zest_service_event_fd(service, &fd) == ZEST_OK, "zest_service_event_fd");
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN};
  check(epoll >= 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0, "epoll");
  batch b;
  batch_init(&b);
  zest_status status;
  while ((status = take_all(&b, argument, 0)) == ZEST_TIMED_OUT)
    check(epoll_wait(epoll, &event, 1, -1) >= 0 || errno == EINTR, "epoll_wait");
  taker_end(status);
  return NULL;
}

int main(int argc, char **argv) {
  options = options_parse(argc, argv);
  service = service_start(&options, 0);
  taker_begin();
  thread_start(has_word(options.variant, "event") ? event_run : waiting_run, &lanes[0]);
  main_wait();
  service_stop(&service);
  return 0;
}
