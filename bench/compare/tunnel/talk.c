/* talk: both far ends of tunnels through a proxy, in one loop of one process, so that it is later
 * the limit: what comes to --origin is the proxy's, what goes to the port that stdin tells is ours.
 *
 * --work ping: each tunnel has one message of --size bytes under way, which the origin sends back.
 * put: --size bytes go up, then a small answer comes back, and so on.
 * bulk: clients say what they can, the origin throws it away without a copy (--check: compares it).
 * stall: the same, and the origin reads nothing; ends when --most bytes were taken from us, or none
 * for half a second. hold: each tunnel is used once, then all stay until a line on stdin, as do
 * 2,048 before them, so that what is shared is there.
 * After --warm seconds the counting begins, with the CPU clocks of the proxy's processes and of
 * the machine; it ends after --seconds. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../http/wire.h"
#include "../slot.h"
#include "talk.h"

enum { ANSWER = 64, CHUNK = 1 << 18, DISCARD = 1 << 20, HOLD_WINDOW = 64, FAULTS_MAX = 1000 };
/* Until then windows still find receive buffers and holes in the heap that nobody has used. */
enum { HOLD_FIRST = 32 * HOLD_WINDOW };

/* One of the two ends of a tunnel. Which of ours belongs to which of the origin's nobody knows. */
typedef struct end {
  slot slot; /* the origin's have no more than its fd */
  bool origin, used;
  size_t got;    /* of the message */
  uint64_t said; /* ever; also what the origin has heard */
} end;

static talk_options want;
static talk_tally tally;
static end ends[2 * TUNNELS_MAX];
static end listening;
static uint32_t accepted, held, hold_next, hold_limit;
static char pattern[CHUNK + WIRE_PERIOD], buffer[DISCARD];
static int epoll;

static void watch(end *e, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = e};
  check(epoll_ctl(epoll, EPOLL_CTL_ADD, e->slot.fd, &event) == 0, "epoll_ctl");
}

static void nodelay(int fd) {
  const int on = 1;
  check(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0, "TCP_NODELAY");
}

static void fault(end *e) {
  tally.faults++;
  epoll_ctl(epoll, EPOLL_CTL_DEL, e->slot.fd, NULL);
}

static void listen_as_origin(void) {
  const server_options as_server = {.port = want.origin, .threads = 1};
  listening.slot.fd = listener_open(&as_server, true);
  watch(&listening, EPOLLIN);
  dprintf(STDOUT_FILENO, "{\"ready\": true}\n");
}

static void origins_accept(void) {
  for (int fd; (fd = accept4(listening.slot.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
    if (accepted == TUNNELS_MAX) { /* one that only looked whether the proxy is there, no tunnel */
      close(fd);
      continue;
    }
    end *e = &ends[TUNNELS_MAX + accepted++];
    *e = (end){.slot.fd = fd, .origin = true};
    nodelay(fd);
    bool discards = want.work == WORK_BULK || want.work == WORK_PUT;
    if (want.work != WORK_STALL) watch(e, EPOLLIN | (discards ? 0 : EPOLLET));
  }
}

/* False: it failed. Messages are small: they go whole, or not at all. */
static bool message_send(end *e) {
  ssize_t sent = send(e->slot.fd, pattern + e->said % WIRE_PERIOD, want.size, MSG_NOSIGNAL);
  if (sent != (ssize_t)want.size) fault(e);
  e->got = 0;
  return sent == (ssize_t)want.size;
}

static void client_say(end *e) {
  e->slot.started_ns = now_ns();
  message_send(e);
}

/* What is left of --size; then the answer is waited for. */
static void put_say(end *e) {
  while (e->said < want.size) {
    size_t left = want.size - e->said, part = left < CHUNK ? left : CHUNK;
    ssize_t sent = send(e->slot.fd, pattern + e->said % WIRE_PERIOD, part, MSG_NOSIGNAL);
    if (sent < 0 && errno == EAGAIN) return;
    if (sent < 0) return fault(e);
    e->said += (uint64_t)sent;
  }
}

static void put_look(end *e) {
  put_say(e);
  ssize_t got = recv(e->slot.fd, buffer, sizeof buffer, 0);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) return fault(e);
  e->got += (size_t)got;
  if (e->got < ANSWER) return;
  if (e->got > ANSWER || e->said < want.size) return fault(e);
  e->got = 0;
  e->said = 0;
  put_say(e);
}

static void client_begin(uint32_t index) {
  end *e = &ends[index];
  e->slot = slot_open(index);
  nodelay(e->slot.fd);
  slot_connect(&e->slot, want.port, now_ns());
  bool flood = want.work == WORK_BULK || want.work == WORK_STALL;
  watch(e, flood ? EPOLLOUT : EPOLLIN | EPOLLOUT | EPOLLET);
}

static void message_done(end *e) {
  int64_t now = now_ns();
  tally.units++;
  histogram_add(&tally.latency, (uint64_t)(now - e->slot.started_ns));
  e->said += want.size;
  if (want.work == WORK_PING) return client_say(e);
  held++;
  if (hold_next < hold_limit) client_begin(hold_next++);
}

/* Once it is connected it speaks first. */
static bool client_begins(end *e, uint32_t happened) {
  if (e->used || !(happened & EPOLLOUT)) return false;
  e->used = true;
  client_say(e);
  return true;
}

static void client_hear(end *e) {
  ssize_t got = recv(e->slot.fd, buffer, sizeof buffer, 0);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0 || e->got + (size_t)got > want.size ||
      !wire_matches(buffer, (size_t)got, e->said + e->got))
    return fault(e);
  e->got += (size_t)got;
  if (e->got == want.size) message_done(e);
}

/* An end before the first byte: somebody looked whether the proxy is there. */
static void origin_ended(end *e) {
  if (e->used) return fault(e);
  epoll_ctl(epoll, EPOLL_CTL_DEL, e->slot.fd, NULL);
}

static void origin_echo(end *e) {
  ssize_t got = recv(e->slot.fd, buffer, sizeof buffer, 0);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) return origin_ended(e);
  e->used = true;
  if (send(e->slot.fd, buffer, (size_t)got, MSG_NOSIGNAL) != got) fault(e);
}

static void origin_discard(end *e) {
  ssize_t got = recv(e->slot.fd, buffer, sizeof buffer, want.check ? 0 : MSG_TRUNC);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) return origin_ended(e);
  if (want.check && !wire_matches(buffer, (size_t)got, e->said)) return fault(e);
  e->used = true;
  e->said += (uint64_t)got;
  tally.units += (uint64_t)got;
  if (want.work != WORK_PUT || e->said < want.size) return;
  if (e->said > want.size || send(e->slot.fd, pattern, ANSWER, MSG_NOSIGNAL) != ANSWER) fault(e);
  e->said = 0;
}

static void client_flood(end *e) {
  ssize_t sent = send(e->slot.fd, pattern + e->said % WIRE_PERIOD, CHUNK, MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) return fault(e);
  if (sent > 0) e->said += (uint64_t)sent;
}

static void end_look(end *e, uint32_t happened) {
  if (e == &listening) return origins_accept();
  bool flood = want.work == WORK_BULK || want.work == WORK_STALL, put = want.work == WORK_PUT;
  if (e->origin) return flood || put ? origin_discard(e) : origin_echo(e);
  if (flood) return client_flood(e);
  if (put) return put_look(e);
  if (!client_begins(e, happened)) client_hear(e);
}

static void events_take(int64_t until_ns) {
  struct epoll_event events[EVENTS_MAX];
  int64_t wait = until_ns - now_ns();
  struct timespec timeout = {.tv_sec = wait > 0 ? wait / 1000000000 : 0,
                             .tv_nsec = wait > 0 ? wait % 1000000000 : 0};
  int got = epoll_pwait2(epoll, events, EVENTS_MAX, &timeout, NULL);
  for (int i = 0; i < got; i++) end_look(events[i].data.ptr, events[i].events);
}

static void run_until(int64_t until_ns) {
  while (now_ns() < until_ns && tally.faults < FAULTS_MAX) events_take(until_ns);
}

static void run(void) {
  for (uint32_t i = 0; i < want.tunnels; i++) client_begin(i);
  int64_t begin = now_ns() + (int64_t)(want.warm * 1e9);
  run_until(begin);
  talk_tally_begin(&tally, &want);
  run_until(begin + (int64_t)(want.seconds * 1e9));
  talk_tally ended = talk_tally_end(&tally, &want);
  talk_tally_print(&ended);
}

static uint64_t said_by_all(void) {
  uint64_t said = 0;
  for (uint32_t i = 0; i < want.tunnels; i++) said += ends[i].said;
  return said;
}

/* Told what is so, and waits for a line, or the end. */
static void report_and_wait(void) {
  char line[64];
  talk_tally_print(&tally);
  if (!fgets(line, sizeof line, stdin)) return;
}

/* What was taken from us is somewhere: in buffers of the proxy, or of the kernel. */
static void stall(void) {
  for (uint32_t i = 0; i < want.tunnels; i++) client_begin(i);
  int64_t since = now_ns();
  for (uint64_t said = 0; now_ns() - since < 500000000 && said < want.most;) {
    events_take(now_ns() + 10000000);
    if (said_by_all() != said) since = now_ns();
    said = said_by_all();
  }
  tally.units = said_by_all();
  report_and_wait();
}

static void hold_until(uint32_t count) {
  hold_limit = count;
  while (hold_next < hold_limit && hold_next - held < HOLD_WINDOW) client_begin(hold_next++);
  while (held < hold_limit && tally.faults < FAULTS_MAX) events_take(now_ns() + 50000000);
}

/* The first are there before the others are counted. */
static void hold(void) {
  hold_until(HOLD_FIRST);
  report_and_wait();
  hold_until(HOLD_FIRST + want.tunnels);
  report_and_wait();
  events_take(now_ns());
  talk_tally_print(&tally);
}

int main(int argc, char **argv) {
  want = talk_options_read(argc, argv);
  prctl(PR_SET_TIMERSLACK, 1);
  wire_fill(pattern, WIRE_PERIOD);
  for (size_t i = WIRE_PERIOD; i < sizeof pattern; i++) pattern[i] = pattern[i - WIRE_PERIOD];
  epoll = epoll_create1(EPOLL_CLOEXEC);
  check(epoll >= 0, "epoll_create1");
  listen_as_origin();
  talk_proxy_read(&want);
  if (want.work == WORK_HOLD) {
    hold();
  } else if (want.work == WORK_STALL) {
    stall();
  } else {
    run();
  }
  return 0;
}
