/* slot.h: one client socket, used for connection after connection.
 *
 * A reset by connect(AF_UNSPEC) puts an RST on the wire as SO_LINGER 0 and close do, but keeps the
 * socket: the client pays for the handshake and not for socket, fd and epoll entry, so that it is
 * later the limit. Each slot has a source address of its own, so ports never run out. */
#ifndef BENCH_SLOT_H
#define BENCH_SLOT_H

#include <stdbool.h>
#include <stdint.h>

typedef enum {
  SLOT_WAITING,             /* nothing came yet */
  SLOT_SERVED,              /* the byte came, or the close that was waited for */
  SLOT_REFUSED,             /* no listener */
  SLOT_RESET,               /* established, then reset before the byte: lost */
  SLOT_CLOSED,              /* closed in order, but before the byte: lost */
  SLOT_TIMEOUT_CONNECTING,  /* no answer to the SYN */
  SLOT_TIMEOUT_ESTABLISHED, /* established, and then nothing: lost */
  SLOT_OTHER,               /* any other errno */
  SLOT_OUTCOMES
} slot_outcome;

typedef struct slot {
  int fd;
  bool busy;
  int64_t started_ns; /* the intended start, where there is a schedule */
} slot;

slot slot_open(uint32_t index);
void slot_connect(slot *s, uint16_t port, int64_t started_ns);

/* What has become of the connection; byte: a byte is expected, else the close. */
slot_outcome slot_look(const slot *s, bool byte);

/* Why a connection that took too long did. */
slot_outcome slot_timeout(const slot *s);

/* Reset the connection if there is one; the slot can connect again. */
void slot_reset(slot *s);

#endif
