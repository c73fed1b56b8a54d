/* relay.h: what the two relays share. A relay joins each client with a connection to the origin and
 * passes bytes on without a look at them: what a proxy on this event interface cannot go below. */
#ifndef BENCH_RELAY_H
#define BENCH_RELAY_H

#include <stdbool.h>
#include <stdint.h>

/* As much as one segment of loopback takes. With 64 KiB every send would leave a second segment of
 * 53 bytes: 1 MB then costs 680 us and not 230. */
enum { RELAY_READ = 65483 };

typedef struct relay_options {
  uint16_t port, origin;
  bool once; /* close the client after the first bytes of the answer, and pool the origin's end */
} relay_options;

/* --port N --origin N [--once] */
relay_options relay_options_read(int argc, char **argv);

/* The listening socket, and the line that says so. */
int relay_listen(const relay_options *options, bool nonblocking);

/* A new connection to the origin; it stands when this returns. */
int relay_connect(const relay_options *options, bool nonblocking);

#endif
