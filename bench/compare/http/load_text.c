/* The client's words: its options, its requests, its result. */
#include <getopt.h>
#include <stdio.h>
#include <time.h>

#include "load.h"
#include "transport.h"
#include "wire.h"

static void pids_read(const char *text, int *pids) {
  for (int i = 0; i < WATCHED_MAX - 1 && *text; i++) {
    char *end;
    pids[i] = (int)strtol(text, &end, 10);
    text = *end == ',' ? end + 1 : end;
  }
}

static bool word_read(load_options *want, int c, const char *text) {
  switch (c) {
    case 'p': want->port = (uint16_t)atoi(text); break;
    case 'c': want->connections = (uint32_t)atoi(text); break;
    case 'd': want->depth = (uint32_t)atoi(text); break;
    case 'r': want->rate = atof(text); break;
    case 's': want->seconds = atof(text); break;
    case 'w': want->warm = atof(text); break;
    case 'P': want->path = text; break;
    case 'x': want->extra = text; break;
    case 'b': want->body = (size_t)atol(text); break;
    case 'e': want->expect = atol(text); break;
    case 'C': want->close = true; break;
    case 'k': want->check = true; break;
    case 'h': want->hold = true; break;
    case 'W': pids_read(text, want->watched); break;
    case 'T': want->transport = text; break;
    case 'B': pids_read(text, want->beside); break;
    default: return false;
  }
  return true;
}

load_options load_options_read(int argc, char **argv) {
  static const struct option known[] = {{"port", required_argument, NULL, 'p'},
                                        {"connections", required_argument, NULL, 'c'},
                                        {"depth", required_argument, NULL, 'd'},
                                        {"rate", required_argument, NULL, 'r'},
                                        {"seconds", required_argument, NULL, 's'},
                                        {"warm", required_argument, NULL, 'w'},
                                        {"path", required_argument, NULL, 'P'},
                                        {"extra", required_argument, NULL, 'x'},
                                        {"body", required_argument, NULL, 'b'},
                                        {"expect", required_argument, NULL, 'e'},
                                        {"close", no_argument, NULL, 'C'},
                                        {"check", no_argument, NULL, 'k'},
                                        {"hold", no_argument, NULL, 'h'},
                                        {"watch", required_argument, NULL, 'W'},
                                        {"beside", required_argument, NULL, 'B'},
                                        {"transport", required_argument, NULL, 'T'},
                                        {NULL, 0, NULL, 0}};
  load_options want = {.port = 9000,
                       .connections = 64,
                       .depth = 1,
                       .seconds = 1,
                       .path = "/128",
                       .extra = "",
                       .transport = "",
                       .expect = 128};
  for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;)
    if (!word_read(&want, c, optarg)) exit(2);
  check(want.connections >= 1 && want.connections <= CONNECTIONS_MAX, "--connections");
  check(want.depth >= 1 && want.depth <= 64, "--depth");
  return want;
}

char *load_batch_make(const load_options *want, size_t *size) {
  char head[8192], length[64] = "";
  if (want->body) snprintf(length, sizeof length, "Content-Length: %zu\r\n", want->body);
  int head_size =
      snprintf(head, sizeof head, "%s %s%s HTTP/1.1\r\nHost: bench.example\r\n%s%s%s\r\n",
               want->body ? "POST" : "GET", want->path, want->check ? "?check" : "", want->extra,
               length, want->close ? "Connection: close\r\n" : "");
  check(head_size > 0 && (size_t)head_size < sizeof head, "--extra is too long");
  size_t one = (size_t)head_size + want->body;
  char *batch = malloc(one * want->depth);
  check(batch != NULL, "malloc");
  memcpy(batch, head, (size_t)head_size);
  wire_fill(batch + head_size, want->body);
  for (uint32_t i = 1; i < want->depth; i++) memcpy(batch + i * one, batch, one);
  *size = one * want->depth;
  return batch;
}

static double clock_seconds(clockid_t clock) {
  struct timespec now;
  check(clock_gettime(clock, &now) == 0, "a watched process has ended");
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Over all their threads, to the nanosecond: the clocks that clock_getcpuclockid names. */
static double pids_seconds(const int *pids) {
  double sum = 0;
  for (; *pids; pids++) sum += clock_seconds((clockid_t)(~(unsigned)*pids << 3 | 2));
  return sum;
}

static void clocks_take(load_tally *tally, const load_options *want) {
  tally->watched = pids_seconds(want->watched);
  tally->beside = pids_seconds(want->beside);
  tally->own = clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
  tally->seconds = clock_seconds(CLOCK_MONOTONIC);
}

void load_tally_begin(load_tally *tally, const load_options *want) {
  tally->answers = tally->reopened = 0;
  tally->latency = (histogram){0};
  transport_count();
  clocks_take(tally, want);
}

load_tally load_tally_end(const load_tally *begun, const load_options *want) {
  load_tally ended = *begun;
  clocks_take(&ended, want);
  ended.watched -= begun->watched;
  ended.beside -= begun->beside;
  ended.own -= begun->own;
  ended.seconds -= begun->seconds;
  return ended;
}

void load_tally_print(const load_tally *tally) {
  static const char *const names[FAULTS] = {"status", "length",  "bytes",
                                            "closed", "connect", "stuck"};
  printf("{\"answers\": %llu, \"seconds\": %.6f, \"server_cpu\": %.9f, \"origin_cpu\": %.9f, ",
         (unsigned long long)tally->answers, tally->seconds, tally->watched, tally->beside);
  printf("\"client_cpu\": %.9f, \"reopened\": %llu, \"faults\": {", tally->own,
         (unsigned long long)tally->reopened);
  for (int i = 0; i < FAULTS; i++)
    printf("%s\"%s\": %llu", i ? ", " : "", names[i], (unsigned long long)tally->faults[i]);
  printf("}, \"p50_us\": %.2f, \"p99_us\": %.2f, \"p999_us\": %.2f, \"most_us\": %.2f",
         histogram_percentile_us(&tally->latency, 0.5),
         histogram_percentile_us(&tally->latency, 0.99),
         histogram_percentile_us(&tally->latency, 0.999), (double)tally->latency.most_ns / 1000);
  transport_print();
  puts("}");
}
