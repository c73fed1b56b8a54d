/* transport.h: how the client's bytes travel. load is linked with transport.c, and they travel
 * plainly; load_tls with ../tls/transport.c, and they travel through TLS. */
#ifndef BENCH_TRANSPORT_H
#define BENCH_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Of one socket. The session outlives its connection, so that the next one may resume it. */
typedef struct transport {
  int fd;
  struct ssl_st *ssl;
  struct ssl_session_st *session;
  bool shaken; /* its handshake has been counted */
  int error;   /* once it has failed */
} transport;

/* Of all: what --transport says. Exits if that is nonsense. */
void transport_prepare(const char *words);

/* The socket has begun to connect; it is about to be reset. */
void transport_begin(transport *t);
void transport_end(transport *t);

/* As send() and recv(), with EAGAIN, on a socket that does not block. Whether what is received is
 * wanted decides only how it is done. */
ssize_t transport_send(transport *t, const void *bytes, size_t size);
ssize_t transport_recv(transport *t, void *into, size_t size, bool wanted);

/* Whether there may be more after a read of `got` into `room`. */
bool transport_may_have_more(size_t got, size_t room);

/* Count anew. Then, as members of the client's line: what was counted. */
void transport_count(void);
void transport_print(void);

#endif
