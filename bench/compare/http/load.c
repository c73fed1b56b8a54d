/* load: the client. Every answer is held to status 200 and its length, with --check to its bytes.
 *
 * Closed loop: each connection sends --depth requests at once, and the next when all are answered;
 * --close: then it waits for the server's close and connects anew. Open loop: --rate requests start
 * per second, evenly, whatever the server does; latency counts from the intended start, also while
 * no connection is free. --hold: use each of --connections once, print a line, keep them until
 * stdin ends, then print how many are still open. After --warm seconds the counting begins, with
 * the CPU clocks of the processes in --watch and --beside; it ends after --seconds. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../slot.h"
#include "load.h"
#include "transport.h"
#include "wire.h"

enum { FAULTS_MAX = 10000, DISCARD_SIZE = 1 << 20, HOLD_WINDOW = 64, DRAIN_SECONDS = 3 };

typedef struct conn {
  slot slot;
  transport transport;
  bool in_body, awaits_close;
  uint32_t owed; /* answers */
  uint64_t left; /* of the answer's body */
  size_t unsent; /* of the batch */
  carry carry;
} conn;

static load_options want;
static load_tally tally;
static conn conns[CONNECTIONS_MAX];
static uint32_t idle[CONNECTIONS_MAX], idle_first, idle_count; /* open loop: a ring of the free */
static uint32_t held, hold_next;
static char *batch;
static size_t batch_size;
static char buffer[DISCARD_SIZE];
static int epoll;
static bool draining;
static uint64_t faults_total;

static void conn_fail(conn *c, fault what) {
  tally.faults[what]++;
  faults_total++;
  transport_end(&c->transport);
  slot_reset(&c->slot);
  carry_free(&c->carry);
  *c = (conn){.slot = c->slot, .transport = c->transport};
}

/* A connection that has failed says so again when it is read, after its event. */
static void conn_send(conn *c) {
  ssize_t sent = transport_send(&c->transport, batch + (batch_size - c->unsent), c->unsent);
  if (sent > 0) c->unsent -= (size_t)sent;
}

/* One batch of requests that should begin at this time. */
static void conn_begin(conn *c, int64_t from_ns) {
  if (!c->slot.busy) {
    slot_connect(&c->slot, want.port, from_ns);
    transport_begin(&c->transport);
  }
  c->slot.started_ns = from_ns;
  c->owed = want.depth;
  c->unsent = batch_size;
  conn_send(c);
}

static void idle_put(uint32_t index) {
  idle[(idle_first + idle_count++) % CONNECTIONS_MAX] = index;
}

static uint32_t idle_take(void) {
  uint32_t index = idle[idle_first];
  idle_first = (idle_first + 1) % CONNECTIONS_MAX;
  idle_count--;
  return index;
}

/* The connection is free: what becomes of it is the loop's kind. */
static void conn_next(conn *c, int64_t now) {
  if (draining) return;
  if (want.hold) {
    held++;
    if (hold_next < want.connections) conn_begin(&conns[hold_next++], now);
  } else if (want.rate > 0) {
    idle_put((uint32_t)(c - conns));
  } else if (faults_total < FAULTS_MAX) {
    conn_begin(c, now);
  }
}

static void answer_done(conn *c, int64_t now) {
  c->in_body = false;
  c->owed--;
  tally.answers++;
  histogram_add(&tally.latency, (uint64_t)(now - c->slot.started_ns));
}

/* One answer, or what of it is there; returns how many bytes that is, 0: a head is not complete,
 * negative: -1 - fault. */
static ssize_t answer_take(conn *c, const char *bytes, size_t size) {
  ssize_t head = 0;
  if (!c->in_body) {
    head = answer_head(bytes, size, want.expect);
    if (head <= 0) return head;
    c->in_body = true;
    c->left = (uint64_t)want.expect;
  }
  size_t there = size - (size_t)head, take = there < c->left ? there : (size_t)c->left;
  uint64_t offset = (uint64_t)want.expect - c->left;
  if (want.check && !wire_matches(bytes + head, take, offset)) return -1 - FAULT_BYTES;
  c->left -= take;
  return head + (ssize_t)take;
}

/* False: it failed. */
static bool input_take(conn *c, const char *bytes, size_t size) {
  while (size > 0 && c->owed > 0) {
    ssize_t took = answer_take(c, bytes, size);
    if (took == 0 && size < READ_SIZE) break;
    if (took <= 0) {
      conn_fail(c, took == 0 ? FAULT_LENGTH : (fault)(-1 - took));
      return false;
    }
    bytes += took;
    size -= (size_t)took;
    if (c->in_body && c->left == 0) answer_done(c, now_ns());
  }
  if (size > 0 && c->owed == 0) {
    conn_fail(c, FAULT_LENGTH);
    return false;
  }
  carry_keep(&c->carry, bytes, size);
  return true;
}

/* One read. Of a long body only the size counts, unless it is to be checked.
 * False: there is nothing more for now, or the connection is gone. */
static bool conn_read_once(conn *c) {
  bool discard = !want.check && c->in_body && c->left > READ_SIZE;
  size_t have = carry_take(&c->carry, buffer), room = READ_SIZE;
  if (discard) room = c->left < DISCARD_SIZE ? (size_t)c->left : DISCARD_SIZE;
  ssize_t got = transport_recv(&c->transport, buffer + have, room, !discard);
  if (got < 0 && errno == EAGAIN) {
    carry_keep(&c->carry, buffer, have);
    return false;
  }
  if (got <= 0) {
    conn_fail(c, got < 0 && errno == ECONNREFUSED ? FAULT_CONNECT : FAULT_CLOSED);
    return false;
  }
  bool more = transport_may_have_more((size_t)got, room);
  if (!discard) return input_take(c, buffer, have + (size_t)got) && more;
  c->left -= (uint64_t)got;
  if (c->left == 0) answer_done(c, now_ns());
  return more;
}

/* Nothing is owed, and the server has closed: as wanted, or between two requests. */
static void conn_closed(conn *c) {
  if (!want.close) tally.reopened++;
  transport_end(&c->transport);
  slot_reset(&c->slot);
  carry_free(&c->carry);
  c->awaits_close = false;
}

static void conn_look(conn *c, uint32_t events) {
  bool ended = events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR), owed = c->owed > 0;
  if (!c->slot.busy) return;
  if (c->unsent) conn_send(c);
  while (c->owed > 0 && (conn_read_once(c) || (ended && c->owed > 0))) continue;
  if (ended && c->slot.busy) {
    owed = owed || c->awaits_close;
    conn_closed(c);
    if (owed && !want.hold) conn_next(c, now_ns());
  } else if (!c->slot.busy) { /* failed */
    conn_next(c, now_ns());
  } else if (owed && c->owed == 0) {
    c->awaits_close = want.close;
    if (!want.close) conn_next(c, now_ns());
  }
}

static void conns_open(void) {
  const int on = 1;
  epoll = epoll_create1(EPOLL_CLOEXEC);
  check(epoll >= 0, "epoll_create1");
  for (uint32_t i = 0; i < want.connections; i++) {
    conns[i].slot = slot_open(i);
    int fd = conns[i].transport.fd = conns[i].slot.fd;
    check(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0, "TCP_NODELAY");
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.u32 = i};
    check(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
  }
  /* Sockets without a connection are hung up: have that told before they get one. */
  struct epoll_event events[EVENTS_MAX];
  while (epoll_wait(epoll, events, EVENTS_MAX, 0) > 0) continue;
}

static void events_take(int64_t until_ns) {
  struct epoll_event events[EVENTS_MAX];
  int64_t wait = until_ns - now_ns();
  struct timespec timeout = {.tv_sec = wait > 0 ? wait / 1000000000 : 0,
                             .tv_nsec = wait > 0 ? wait % 1000000000 : 0};
  int got = epoll_pwait2(epoll, events, EVENTS_MAX, &timeout, NULL);
  for (int i = 0; i < got; i++) conn_look(&conns[events[i].data.u32], events[i].events);
}

/* Start what is due; returns when the next one is. */
static int64_t due_start(int64_t due_ns) {
  const int64_t gap = (int64_t)(1e9 / want.rate);
  for (int64_t now = now_ns(); due_ns <= now && idle_count > 0; due_ns += gap)
    conn_begin(&conns[idle_take()], due_ns);
  return due_ns;
}

static void run_until(int64_t until_ns) {
  static int64_t due_ns;
  if (due_ns == 0) due_ns = now_ns();
  while (now_ns() < until_ns && faults_total < FAULTS_MAX) {
    if (want.rate > 0) due_ns = due_start(due_ns);
    bool waits_for_due = want.rate > 0 && idle_count > 0 && due_ns < until_ns;
    events_take(waits_for_due ? due_ns : until_ns);
  }
}

/* What is under way may end, but nothing begins. */
static void drain(load_tally *ended) {
  draining = true;
  int64_t until = now_ns() + (int64_t)DRAIN_SECONDS * 1000000000;
  for (uint32_t owing = 1; owing > 0 && now_ns() < until;) {
    events_take(now_ns() + 1000000);
    owing = 0;
    for (uint32_t i = 0; i < want.connections; i++) owing += conns[i].owed > 0;
    ended->faults[FAULT_STUCK] = owing;
  }
}

static void run(void) {
  for (uint32_t i = 0; i < want.connections; i++) conn_next(&conns[i], now_ns());
  int64_t begin = now_ns() + (int64_t)(want.warm * 1e9);
  run_until(begin);
  load_tally_begin(&tally, &want);
  run_until(begin + (int64_t)(want.seconds * 1e9));
  load_tally ended = load_tally_end(&tally, &want);
  drain(&tally);
  memcpy(ended.faults, tally.faults, sizeof ended.faults);
  load_tally_print(&ended);
}

static bool conn_has_ended(const conn *c) {
  struct pollfd look = {.fd = c->slot.fd, .events = POLLRDHUP};
  return poll(&look, 1, 0) > 0;
}

static void hold(void) {
  load_tally_begin(&tally, &want);
  while (hold_next < want.connections && hold_next < HOLD_WINDOW)
    conn_begin(&conns[hold_next++], now_ns());
  while (held < want.connections && faults_total < FAULTS_MAX) events_take(now_ns() + 50000000);
  load_tally ended = load_tally_end(&tally, &want);
  load_tally_print(&ended);
  fflush(stdout);
  char byte;
  while (read(STDIN_FILENO, &byte, 1) > 0) continue;
  uint32_t open = 0;
  for (uint32_t i = 0; i < want.connections; i++) open += !conn_has_ended(&conns[i]);
  printf("{\"open\": %u}\n", open);
}

int main(int argc, char **argv) {
  want = load_options_read(argc, argv);
  prctl(PR_SET_TIMERSLACK, 1);
  transport_prepare(want.transport);
  batch = load_batch_make(&want, &batch_size);
  conns_open();
  if (want.hold)
    hold();
  else
    run();
  return 0;
}
