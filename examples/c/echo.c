#include "echo.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static int later(void) { return errno == EAGAIN || errno == EINTR; }

static int wait_for(int epoll_fd, int operation, struct echo* echo, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = echo};
  return epoll_ctl(epoll_fd, operation, echo->fd, &event);
}

struct echo* echo_begin(int epoll_fd, int fd) {
  struct echo* echo = malloc(sizeof *echo);
  if (echo) {
    echo->fd = fd;
    echo->size = echo->sent = 0;
    if (wait_for(epoll_fd, EPOLL_CTL_ADD, echo, EPOLLIN) == 0) return echo;
  }
  free(echo);
  close(fd);
  return NULL;
}

static int end(struct echo* echo) {
  close(echo->fd);
  free(echo);
  return 0;
}

int echo_ready(int epoll_fd, struct echo* echo) {
  for (;;) {
    while (echo->sent < echo->size) {
      const ssize_t sent =
          send(echo->fd, echo->bytes + echo->sent, echo->size - echo->sent, MSG_NOSIGNAL);
      if (sent < 0 && later())
        return wait_for(epoll_fd, EPOLL_CTL_MOD, echo, EPOLLOUT) == 0 || end(echo);
      if (sent < 0) return end(echo);
      echo->sent += (size_t)sent;
    }
    const ssize_t got = recv(echo->fd, echo->bytes, sizeof echo->bytes, 0);
    if (got < 0 && later())
      return wait_for(epoll_fd, EPOLL_CTL_MOD, echo, EPOLLIN) == 0 || end(echo);
    if (got <= 0) return end(echo);
    echo->size = (size_t)got;
    echo->sent = 0;
  }
}
