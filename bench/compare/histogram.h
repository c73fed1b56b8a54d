/* histogram.h: latencies in nanoseconds, log-linear: 64 steps per power of two, so 1.6 % wide. */
#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H

#include <stdint.h>

enum { HISTOGRAM_STEPS = 64, HISTOGRAM_SIZE = 40 * HISTOGRAM_STEPS };

typedef struct histogram {
  uint64_t total;
  uint64_t most_ns;
  uint64_t counts[HISTOGRAM_SIZE];
} histogram;

static inline uint32_t histogram_slot(uint64_t ns) {
  if (ns < HISTOGRAM_STEPS) return (uint32_t)ns;
  uint32_t shift = 57 - (uint32_t)__builtin_clzll(ns); /* leaves 64 to 127 */
  uint32_t slot = shift * HISTOGRAM_STEPS + (uint32_t)(ns >> shift);
  return slot < HISTOGRAM_SIZE ? slot : HISTOGRAM_SIZE - 1;
}

static inline void histogram_add(histogram *h, uint64_t ns) {
  h->counts[histogram_slot(ns)]++;
  h->total++;
  if (ns > h->most_ns) h->most_ns = ns;
}

/* The lower edge of a slot: the inverse of histogram_slot. */
static inline uint64_t histogram_value(uint32_t slot) {
  if (slot < 2 * HISTOGRAM_STEPS) return slot;
  uint32_t shift = slot / HISTOGRAM_STEPS - 1;
  return (uint64_t)(slot - shift * HISTOGRAM_STEPS) << shift;
}

/* The latency that a share (0 to 1) of all does not exceed, in microseconds. */
static inline double histogram_percentile_us(const histogram *h, double share) {
  uint64_t below = 0, wanted = (uint64_t)(share * (double)h->total);
  for (uint32_t slot = 0; slot < HISTOGRAM_SIZE; slot++) {
    below += h->counts[slot];
    if (below > wanted) return (double)histogram_value(slot) / 1000;
  }
  return 0;
}

#endif
