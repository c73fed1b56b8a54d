/* One echoing connection in an epoll loop: what comes goes back, and while it does not, no more is
 * read. */
#ifndef ECHO_H
#define ECHO_H

#include <stddef.h>

struct echo {
  int fd;
  size_t size; /* of bytes, received */
  size_t sent; /* of these */
  char bytes[16384];
};

/* Takes the fd, and waits for it in the epoll. NULL: out of memory or of room in the epoll, and the
 * fd is closed. */
struct echo* echo_begin(int epoll_fd, int fd);

/* It is ready. 1: it goes on; 0: it has ended and is freed. */
int echo_ready(int epoll_fd, struct echo* echo);

#endif
