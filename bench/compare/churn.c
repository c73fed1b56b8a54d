/* churn: the client. Connects, waits for one byte (--work byte) or for the close, resets, again.
 *
 * Closed loop: --open N connections at once, each slot starting anew when it was served.
 * Open loop: --rate N starts per second on a random schedule that does not wait for the server;
 * latency counts from the scheduled start. Ends after --seconds or --count, waits for what is
 * under way (at most --timeout), prints one line of JSON. --retire: a slot that is refused stops,
 * for servers that shut down. */
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>

#include "common.h"
#include "histogram.h"
#include "slot.h"

enum { SLOTS_MAX = 4096, EVENTS_MAX = 256 };

static struct {
  uint16_t port;
  bool byte, retire;
  uint32_t open;
  double rate, seconds, timeout;
  uint64_t count;
} want = {.port = 9000, .open = 64, .seconds = 2, .timeout = 5, .count = UINT64_MAX};

static slot slots[SLOTS_MAX];
static uint32_t idle[SLOTS_MAX], idle_count; /* open loop: slots without a connection */
static uint64_t outcomes[SLOT_OUTCOMES], started;
static uint32_t busy;
static histogram latency;
static int epoll;
static int64_t deadline_ns, due_ns;

static void options_read(int argc, char **argv) {
  static const struct option known[] = {{"port", required_argument, NULL, 'p'},
                                        {"work", required_argument, NULL, 'w'},
                                        {"open", required_argument, NULL, 'o'},
                                        {"rate", required_argument, NULL, 'r'},
                                        {"seconds", required_argument, NULL, 's'},
                                        {"count", required_argument, NULL, 'c'},
                                        {"timeout", required_argument, NULL, 't'},
                                        {"retire", no_argument, NULL, 'x'},
                                        {NULL, 0, NULL, 0}};
  for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
    switch (c) {
      case 'p': want.port = (uint16_t)atoi(optarg); break;
      case 'w': want.byte = strcmp(optarg, "byte") == 0; break;
      case 'o': want.open = (uint32_t)atoi(optarg); break;
      case 'r': want.rate = atof(optarg); break;
      case 's': want.seconds = atof(optarg); break;
      case 'c': want.count = strtoull(optarg, NULL, 10); break;
      case 't': want.timeout = atof(optarg); break;
      case 'x': want.retire = true; break;
      default: exit(2);
    }
  }
  check(want.open >= 1 && want.open <= SLOTS_MAX, "--open: 1 to 4096");
}

static void slots_open(void) {
  epoll = epoll_create1(EPOLL_CLOEXEC);
  check(epoll >= 0, "epoll_create1");
  for (uint32_t i = 0; i < want.open; i++) {
    slots[i] = slot_open(i);
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data.u32 = i};
    check(epoll_ctl(epoll, EPOLL_CTL_ADD, slots[i].fd, &event) == 0, "epoll_ctl");
  }
}

static bool over(int64_t now) { return now >= deadline_ns || started >= want.count; }

static void start(uint32_t index, int64_t from_ns) {
  started++;
  busy++;
  slot_connect(&slots[index], want.port, from_ns);
}

/* A connection ended: count it, and start the next one in its place where the loop is closed. */
static void finish(uint32_t index, slot_outcome outcome, int64_t now) {
  outcomes[outcome]++;
  if (outcome == SLOT_SERVED) histogram_add(&latency, (uint64_t)(now - slots[index].started_ns));
  slot_reset(&slots[index]);
  busy--;
  if (want.rate > 0)
    idle[idle_count++] = index;
  else if (!over(now) && !(want.retire && outcome == SLOT_REFUSED))
    start(index, now_ns());
}

static void events_take(int wait_ms) {
  struct epoll_event events[EVENTS_MAX];
  int got = epoll_wait(epoll, events, EVENTS_MAX, wait_ms);
  for (int i = 0; i < got; i++) {
    uint32_t index = events[i].data.u32;
    if (!slots[index].busy) continue;
    slot_outcome outcome = slot_look(&slots[index], want.byte);
    if (outcome != SLOT_WAITING) finish(index, outcome, now_ns());
  }
}

/* Every 50 ms: give up on what took too long. */
static void timeouts_check(int64_t now) {
  static int64_t next_ns;
  if (now < next_ns) return;
  next_ns = now + 50000000;
  for (uint32_t i = 0; i < want.open; i++) {
    if (slots[i].busy && (double)(now - slots[i].started_ns) > want.timeout * 1e9)
      finish(i, slot_timeout(&slots[i]), now);
  }
}

static void closed_loop(void) {
  for (uint32_t i = 0; i < want.open && started < want.count; i++) start(i, now_ns());
  while (busy > 0) {
    events_take(50);
    timeouts_check(now_ns());
  }
}

/* Never sleeps, so that its own wake-up is no part of what it measures. */
static void open_loop(void) {
  for (uint32_t i = 0; i < want.open; i++) idle[idle_count++] = want.open - 1 - i;
  due_ns = now_ns();
  for (int64_t now = due_ns; !over(now) || busy > 0; now = now_ns()) {
    while (due_ns <= now && due_ns < deadline_ns && started < want.count && idle_count > 0) {
      start(idle[--idle_count], due_ns);
      due_ns -= (int64_t)(log(1 - drand48()) / want.rate * 1e9); /* the same seed in each run */
    }
    events_take(0);
    timeouts_check(now);
  }
}

static void result_print(double seconds) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  double cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
               (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  printf(
      "{\"started\": %llu, \"served\": %llu, \"seconds\": %.6f, \"per_second\": %.1f, "
      "\"client_cpu\": %.6f, ",
      (unsigned long long)started, (unsigned long long)outcomes[SLOT_SERVED], seconds,
      (double)outcomes[SLOT_SERVED] / seconds, cpu);
  static const char *const names[SLOT_OUTCOMES] = {
      [SLOT_REFUSED] = "refused",
      [SLOT_RESET] = "reset",
      [SLOT_CLOSED] = "closed_early",
      [SLOT_TIMEOUT_CONNECTING] = "timeout_connecting",
      [SLOT_TIMEOUT_ESTABLISHED] = "timeout_established",
      [SLOT_OTHER] = "other"};
  for (int i = SLOT_REFUSED; i < SLOT_OUTCOMES; i++)
    printf("\"%s\": %llu, ", names[i], (unsigned long long)outcomes[i]);
  printf("\"p50_us\": %.2f, \"p99_us\": %.2f, \"p999_us\": %.2f, \"most_us\": %.2f}\n",
         histogram_percentile_us(&latency, 0.5), histogram_percentile_us(&latency, 0.99),
         histogram_percentile_us(&latency, 0.999), (double)latency.most_ns / 1000);
}

int main(int argc, char **argv) {
  options_read(argc, argv);
  slots_open();
  int64_t begin = now_ns();
  deadline_ns = begin + (int64_t)(want.seconds * 1e9);
  if (want.rate > 0)
    open_loop();
  else
    closed_loop();
  result_print((double)(now_ns() - begin) / 1e9);
  return 0;
}
