/* relay_epoll: one thread, edge-triggered epoll, one recv and one send per message. */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "relay.h"
#include "wire.h"

/* One end, by its fd. What its peer could not take is kept here, and it is not read meanwhile. */
typedef struct side {
  bool open, origin;
  int peer; /* 0: none, it is pooled */
  carry kept;
} side;

static relay_options options;
static side sides[FDS_MAX];
static int pool[FDS_MAX], pool_count; /* newest last */
static char buffer[RELAY_READ];
static int epoll;

static void side_open(int fd, int peer, bool origin) {
  check(fd < FDS_MAX, "too many connections");
  sides[fd] = (side){.open = true, .origin = origin, .peer = peer};
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.fd = fd};
  check(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
}

static void side_close(int fd) {
  carry_free(&sides[fd].kept);
  sides[fd].open = false;
  close(fd);
}

static void pool_drop(int fd) {
  for (int i = 0; i < pool_count; i++)
    if (pool[i] == fd) pool[i] = pool[--pool_count];
}

static void pair_close(int fd) {
  int peer = sides[fd].peer;
  if (peer)
    side_close(peer);
  else
    pool_drop(fd);
  side_close(fd);
}

/* --once: the answer is out. */
static void pair_part(int origin) {
  side_close(sides[origin].peer);
  sides[origin].peer = 0;
  pool[pool_count++] = origin;
}

/* True: the peer has taken all of it. */
static bool pass(int fd, int peer, const char *bytes, size_t size) {
  ssize_t sent = send(peer, bytes, size, MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) {
    pair_close(fd);
    return false;
  }
  size_t gone = sent < 0 ? 0 : (size_t)sent;
  carry_keep(&sides[fd].kept, bytes + gone, size - gone);
  if (gone == size && options.once && sides[fd].origin) {
    pair_part(fd);
    return false;
  }
  return gone == size;
}

static void side_read(int fd) {
  for (ssize_t got = RELAY_READ; got == RELAY_READ;) {
    got = recv(fd, buffer, RELAY_READ, 0);
    if (got == 0 || (got < 0 && errno != EAGAIN)) pair_close(fd);
    if (got <= 0 || !pass(fd, sides[fd].peer, buffer, (size_t)got)) return;
  }
}

/* There is room again for what this side's peer has kept. */
static void side_resume(int fd) {
  size_t size = carry_take(&sides[fd].kept, buffer);
  if (pass(fd, sides[fd].peer, buffer, size)) side_read(fd);
}

static void side_look(int fd, uint32_t events) {
  side *s = &sides[fd];
  if (s->open && s->peer && events & EPOLLOUT && sides[s->peer].kept.size) side_resume(s->peer);
  bool gone = events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR);
  if (!s->open || s->kept.size || !(events & EPOLLIN || gone)) return;
  if (s->peer)
    side_read(fd);
  else if (gone)
    pair_close(fd);
  if (gone && s->open && s->peer && !s->kept.size) side_read(fd);
}

static void accept_all(int listener) {
  for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
    int origin = pool_count ? pool[--pool_count] : relay_connect(&options, true);
    if (sides[origin].open)
      sides[origin].peer = fd;
    else
      side_open(origin, fd, true);
    side_open(fd, origin, false);
  }
  check(errno == EAGAIN || errno == ECONNABORTED || errno == EMFILE, "accept4");
}

int main(int argc, char **argv) {
  options = relay_options_read(argc, argv);
  epoll = epoll_create1(EPOLL_CLOEXEC);
  int listener = relay_listen(&options, true);
  struct epoll_event events[EVENTS_MAX], event = {.events = EPOLLIN, .data.fd = listener};
  check(epoll >= 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) == 0, "epoll");
  for (;;) {
    int got = epoll_wait(epoll, events, EVENTS_MAX, -1);
    for (int i = 0; i < got; i++) {
      if (events[i].data.fd == listener)
        accept_all(listener);
      else
        side_look(events[i].data.fd, events[i].events);
    }
  }
}
