/* origin: the server behind the proxies. --port N [--keep]
 *
 * GET /128, /16k and /1m are answered with a body of that size; a request's body is read first.
 * All answers are made beforehand; those to requests that came together go out together. One
 * thread, edge-triggered epoll. --keep: "Connection: close" of a client does not close, so that a
 * relay which passes it on can pool its connections as a proxy does. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../common.h"
#include "request.h"
#include "wire.h"

enum { OUT_MAX = 16 };

typedef struct conn {
  bool open, closing;
  uint32_t out_count;
  struct iovec out[OUT_MAX]; /* answers, or rests of them */
  request said;              /* the request whose body is under way */
  body body;
  carry carry;
} conn;

static conn conns[FDS_MAX];
static struct iovec answers[ANSWERS];
static char buffer[2 * READ_SIZE];
static bool keep;
static int epoll;

static struct iovec answer_make(const char *status, size_t size) {
  char head[256];
  int head_size =
      snprintf(head, sizeof head,
               "HTTP/1.1 %s\r\nServer: origin\r\nDate: Thu, 21 Nov 2024 08:00:00 GMT\r\n"
               "Content-Type: application/octet-stream\r\nContent-Length: %zu\r\n\r\n",
               status, size);
  struct iovec made = {malloc((size_t)head_size + size), (size_t)head_size + size};
  check(made.iov_base != NULL, "malloc");
  memcpy(made.iov_base, head, (size_t)head_size);
  wire_fill((char *)made.iov_base + head_size, size);
  return made;
}

static void answers_make(void) {
  answers[ANSWER_128] = answer_make("200 OK", 128);
  answers[ANSWER_16K] = answer_make("200 OK", 16384);
  answers[ANSWER_1M] = answer_make("200 OK", 1 << 20);
  answers[ANSWER_404] = answer_make("404 Not Found", 0);
  answers[ANSWER_400] = answer_make("400 Bad Request", 0);
}

static void conn_close(int fd) {
  carry_free(&conns[fd].carry);
  conns[fd].open = false;
  close(fd);
}

/* Drop what was sent from the front of the answers. */
static void out_drop(conn *c, size_t sent) {
  uint32_t done = 0;
  while (done < c->out_count && sent >= c->out[done].iov_len) sent -= c->out[done++].iov_len;
  c->out_count -= done;
  memmove(c->out, c->out + done, c->out_count * sizeof *c->out);
  if (sent) {
    c->out[0].iov_base = (char *)c->out[0].iov_base + sent;
    c->out[0].iov_len -= sent;
  }
}

/* True: all is sent. False: the rest waits for room, or the connection is gone. */
static bool out_flush(int fd, conn *c) {
  while (c->out_count) {
    struct msghdr message = {.msg_iov = c->out, .msg_iovlen = c->out_count};
    ssize_t sent = c->out_count == 1 ? send(fd, c->out[0].iov_base, c->out[0].iov_len, MSG_NOSIGNAL)
                                     : sendmsg(fd, &message, MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno != EAGAIN) conn_close(fd);
      return false;
    }
    out_drop(c, (size_t)sent);
  }
  if (c->closing) conn_close(fd);
  return !c->closing;
}

static void answer_add(conn *c) {
  c->out[c->out_count++] = answers[c->body.wrong ? ANSWER_400 : c->said.answer];
  c->closing = c->said.answer == ANSWER_400 || (c->said.close && !keep);
}

/* Reads requests until the bytes or the room for answers end; returns how many bytes it took. */
static size_t requests_take(conn *c, const char *bytes, size_t size) {
  size_t taken = 0;
  while (taken < size && c->out_count < OUT_MAX && !c->closing) {
    if (c->body.step == BODY_NONE) {
      size_t head = request_read(bytes + taken, size - taken, &c->said);
      if (head == 0) break;
      taken += head;
      c->body = body_of(&c->said);
    }
    taken += body_take(&c->body, bytes + taken, size - taken);
    if (c->body.step == BODY_NONE) answer_add(c);
  }
  return taken;
}

/* Answers what is in the buffer. False: stop reading this connection for now. */
static bool input_take(int fd, conn *c, size_t size) {
  size_t taken = 0;
  for (size_t more = 1; more > 0;) {
    more = requests_take(c, buffer + taken, size - taken);
    taken += more;
    if (c->out_count && !out_flush(fd, c)) {
      if (c->open) carry_keep(&c->carry, buffer + taken, size - taken);
      return false;
    }
  }
  if (size - taken > READ_SIZE) { /* a head that does not end */
    conn_close(fd);
    return false;
  }
  carry_keep(&c->carry, buffer + taken, size - taken);
  return true;
}

static void conn_read(int fd, conn *c) {
  for (ssize_t got = READ_SIZE; got == READ_SIZE;) {
    size_t have = carry_take(&c->carry, buffer);
    got = recv(fd, buffer + have, READ_SIZE, 0);
    if (got < 0 && errno == EAGAIN) {
      carry_keep(&c->carry, buffer, have);
      return;
    }
    if (got <= 0) {
      conn_close(fd);
      return;
    }
    if (!input_take(fd, c, have + (size_t)got)) return;
  }
}

/* The rest of an answer went out: what was read meanwhile comes first, then what is new. */
static void conn_resume(int fd, conn *c) {
  if (!out_flush(fd, c)) return;
  size_t have = carry_take(&c->carry, buffer);
  if (input_take(fd, c, have)) conn_read(fd, c);
}

static void accept_all(int listener) {
  for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
    check(fd < FDS_MAX, "too many connections");
    conns[fd] = (conn){.open = true};
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.fd = fd};
    check(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
  }
  check(errno == EAGAIN || errno == ECONNABORTED || errno == EMFILE, "accept4");
}

static void loop(int listener) {
  struct epoll_event events[EVENTS_MAX];
  for (;;) {
    int got = epoll_wait(epoll, events, EVENTS_MAX, -1);
    for (int i = 0; i < got; i++) {
      int fd = events[i].data.fd;
      if (fd == listener)
        accept_all(listener);
      else if (conns[fd].out_count)
        conn_resume(fd, &conns[fd]);
      else if (conns[fd].open && events[i].events != EPOLLOUT)
        conn_read(fd, &conns[fd]);
    }
  }
}

int main(int argc, char **argv) {
  static const struct option known[] = {
      {"port", required_argument, NULL, 'p'}, {"keep", no_argument, NULL, 'k'}, {NULL, 0, NULL, 0}};
  server_options options = {.port = 9001, .threads = 1};
  for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
    switch (c) {
      case 'p': options.port = (uint16_t)atoi(optarg); break;
      case 'k': keep = true; break;
      default: exit(2);
    }
  }
  answers_make();
  int listener = listener_open(&options, true);
  epoll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
  check(epoll >= 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) == 0, "epoll");
  dprintf(STDOUT_FILENO, "{\"ready\": true}\n");
  loop(listener);
}
