/* zest_host.h: how the hosts of this folder start and stop a service. */
#ifndef BENCH_ZEST_HOST_H
#define BENCH_ZEST_HOST_H

#include <zest/acceptor.h>

#include "common.h"

enum { BATCH = 64 };

typedef struct batch {
  zest_connection items[BATCH];
  size_t count;
} batch;

/* Ready to be filled: every item has its struct_size. */
void batch_init(batch *b);

/* Listen on 127.0.0.1 as options say; flags are those of zest_settings. Words in --variant, with
 * commas between: "epoll" takes that backend. Prints the report's notes to stderr. */
zest_service *service_start(const server_options *options, uint32_t flags);

/* Shut down, wait for the threads that take, print the receipt as a line of JSON, free. */
void service_stop(zest_service **service);

/* A thread that takes counts itself in and out, so that service_stop can wait for it. */
void taker_begin(void);
void taker_end(zest_status last);

bool has_word(const char *words, const char *word);

#endif
