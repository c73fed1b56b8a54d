/* talk.h: what talk is told, what it counts, and how both look. */
#ifndef BENCH_TALK_H
#define BENCH_TALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../histogram.h"

enum { TUNNELS_MAX = 8192, WATCHED_MAX = 16 };

typedef enum { WORK_PING, WORK_PUT, WORK_BULK, WORK_STALL, WORK_HOLD } talk_work;

typedef struct talk_options {
  uint16_t origin; /* where we listen */
  uint16_t port;   /* of the proxy */
  talk_work work;
  uint32_t tunnels;
  size_t size; /* of a message */
  double seconds, warm;
  uint64_t most; /* bytes that are said to who does not read */
  bool check;
  int watched[WATCHED_MAX]; /* processes whose CPU time is taken; 0 ends */
} talk_options;

typedef struct talk_tally {
  uint64_t units;  /* round trips, or bytes that arrived */
  uint64_t faults; /* wrong bytes, and ends that nobody asked for */
  histogram latency;
  double seconds, watched, own, machine; /* passed; CPU time of them, of us, of everybody */
} talk_tally;

talk_options talk_options_read(int argc, char **argv);

/* A line on stdin: the proxy's port and processes. */
void talk_proxy_read(talk_options *want);

/* The warm-up is over: take the clocks, forget what was counted. */
void talk_tally_begin(talk_tally *tally, const talk_options *want);

/* Take the clocks again: the tally of what was between. */
talk_tally talk_tally_end(const talk_tally *begun, const talk_options *want);

/* As one line of JSON. */
void talk_tally_print(const talk_tally *tally);

#endif
