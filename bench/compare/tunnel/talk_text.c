/* The words of talk: its options, its clocks, its result. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../common.h"
#include "talk.h"

static talk_work work_read(const char *name) {
  static const char *const names[] = {"ping", "put", "bulk", "stall", "hold"};
  for (int i = 0; i < 5; i++)
    if (strcmp(name, names[i]) == 0) return (talk_work)i;
  fprintf(stderr, "--work: ping, put, bulk, stall or hold\n");
  exit(2);
}

talk_options talk_options_read(int argc, char **argv) {
  static const struct option known[] = {{"origin", required_argument, NULL, 'o'},
                                        {"work", required_argument, NULL, 'w'},
                                        {"tunnels", required_argument, NULL, 't'},
                                        {"size", required_argument, NULL, 'z'},
                                        {"seconds", required_argument, NULL, 's'},
                                        {"warm", required_argument, NULL, 'W'},
                                        {"most", required_argument, NULL, 'm'},
                                        {"check", no_argument, NULL, 'k'},
                                        {NULL, 0, NULL, 0}};
  talk_options want = {.origin = 9001, .tunnels = 32, .size = 64, .seconds = 1, .most = 1 << 30};
  for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
    switch (c) {
      case 'o': want.origin = (uint16_t)atoi(optarg); break;
      case 'w': want.work = work_read(optarg); break;
      case 't': want.tunnels = (uint32_t)atoi(optarg); break;
      case 'z': want.size = (size_t)atol(optarg); break;
      case 's': want.seconds = atof(optarg); break;
      case 'W': want.warm = atof(optarg); break;
      case 'm': want.most = strtoull(optarg, NULL, 10); break;
      case 'k': want.check = true; break;
      default: exit(2);
    }
  }
  check(want.tunnels >= 1 && want.tunnels <= TUNNELS_MAX, "--tunnels: 1 to 8192");
  check(want.size >= 1 && (want.work == WORK_PUT || want.size <= 1 << 14),
        "--size: 1 to 16384, but for put");
  return want;
}

void talk_proxy_read(talk_options *want) {
  char line[256];
  check(fgets(line, sizeof line, stdin) != NULL, "the proxy's port on stdin");
  char *at = line;
  want->port = (uint16_t)strtoul(at, &at, 10);
  for (int i = 0; i < WATCHED_MAX - 1; i++) want->watched[i] = (int)strtol(at, &at, 10);
}

static double clock_seconds(clockid_t clock) {
  struct timespec now;
  check(clock_gettime(clock, &now) == 0, "a watched process has ended");
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* All CPUs, idle and waiting: the kernel keeps these two to the nanosecond, and tells 10 ms. */
static double idle_seconds(void) {
  unsigned long long user, nice, system, idle, wait;
  FILE *stat = fopen("/proc/stat", "r");
  check(stat != NULL, "/proc/stat");
  int got = fscanf(stat, "cpu %llu %llu %llu %llu %llu", &user, &nice, &system, &idle, &wait);
  check(got == 5, "/proc/stat");
  fclose(stat);
  return (double)(idle + wait) / (double)sysconf(_SC_CLK_TCK);
}

static void clocks_take(talk_tally *tally, const talk_options *want) {
  tally->watched = 0;
  for (const int *pid = want->watched; *pid; pid++)
    tally->watched += clock_seconds((clockid_t)(~(unsigned)*pid << 3 | 2));
  tally->own = clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
  tally->seconds = clock_seconds(CLOCK_MONOTONIC);
  tally->machine = tally->seconds * (double)sysconf(_SC_NPROCESSORS_ONLN) - idle_seconds();
}

void talk_tally_begin(talk_tally *tally, const talk_options *want) {
  tally->units = 0;
  tally->latency = (histogram){0};
  clocks_take(tally, want);
}

talk_tally talk_tally_end(const talk_tally *begun, const talk_options *want) {
  talk_tally ended = *begun;
  clocks_take(&ended, want);
  ended.watched -= begun->watched;
  ended.own -= begun->own;
  ended.seconds -= begun->seconds;
  ended.machine -= begun->machine;
  return ended;
}

void talk_tally_print(const talk_tally *tally) {
  printf("{\"units\": %llu, \"faults\": %llu, \"seconds\": %.6f, \"server_cpu\": %.9f, ",
         (unsigned long long)tally->units, (unsigned long long)tally->faults, tally->seconds,
         tally->watched);
  printf("\"client_cpu\": %.9f, \"machine_cpu\": %.3f, \"p50_us\": %.2f, \"p99_us\": %.2f}\n",
         tally->own, tally->machine, histogram_percentile_us(&tally->latency, 0.5),
         histogram_percentile_us(&tally->latency, 0.99));
  fflush(stdout);
}
