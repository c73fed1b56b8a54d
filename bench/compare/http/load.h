/* load.h: what the client is told, what it counts, and how both look. */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../histogram.h"
#include "answer.h"

enum { CONNECTIONS_MAX = 16384, WATCHED_MAX = 16 };

typedef struct load_options {
  uint16_t port;
  uint32_t connections, depth; /* depth: requests sent at once, pipelined */
  double rate, seconds, warm;  /* rate: of an open loop; 0: closed */
  const char *path, *extra;    /* extra: header lines, each with its CRLF */
  const char *transport;       /* words for it, see transport.h */
  size_t body;                 /* of a POST; 0: GET */
  int64_t expect;              /* size of an answer's body */
  bool close, check, hold;
  int watched[WATCHED_MAX], beside[WATCHED_MAX]; /* processes whose CPU time is taken; 0 ends */
} load_options;

/* What a run counts, from the end of its warm-up on; faults from its start on. */
typedef struct load_tally {
  uint64_t answers, reopened, faults[FAULTS];
  histogram latency;
  double seconds, watched, beside, own; /* passed; CPU time of the processes and our own */
} load_tally;

load_options load_options_read(int argc, char **argv);

/* The bytes of one batch of requests. */
char *load_batch_make(const load_options *want, size_t *size);

/* The warm-up is over: take the clocks, forget its answers. */
void load_tally_begin(load_tally *tally, const load_options *want);

/* Take the clocks again: the tally of what was between. */
load_tally load_tally_end(const load_tally *begun, const load_options *want);

/* As one line of JSON. */
void load_tally_print(const load_tally *tally);

#endif
