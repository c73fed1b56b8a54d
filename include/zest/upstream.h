/* zest/upstream.h: origins that serve the same, and pooled connections to them, for hosts that keep
 * their own loop.
 *
 * Library  libzest-proxy.so.1; what zest/base.h declares is in libzest.so.1 (zest-proxy.pc has
 *          both).
 * Life     zest_upstream_new; for each request zest_upstream_take, zest_link_go_on while it says to
 *          wait, and zest_link_give_back; now and then zest_upstream_tend; zest_upstream_free.
 * Waiting  No call waits, and none starts a thread. Where a connection is under way, the call says
 *          for which fd to wait, for what, and until when; then zest_link_go_on says what next. It
 *          may be another fd then: stop watching the one before you make the call.
 * Threads  A zest_upstream: any thread, several at once. Only zest_upstream_free must be the last
 *          call on its handle. A zest_link: one thread at a time; it may move.
 * Fork     In a child each call on what it inherited answers ZEST_FORKED. */
#ifndef ZEST_UPSTREAM_H
#define ZEST_UPSTREAM_H

#include <zest/base.h>

ZEST_C_BEGIN

typedef struct zest_upstream zest_upstream; /* the origins, and idle connections to them */
typedef struct zest_link zest_link;         /* one request's connection, or its way to one */

/* For zest_upstream_config.strategy. */
enum {
  ZEST_BALANCE_ROUND_ROBIN = 0,
  ZEST_BALANCE_LEAST_CONNECTIONS = 1 /* requests under way, of this zest_upstream */
};

/* For zest_upstream_config.flags. */
enum {
  ZEST_UPSTREAM_NO_KEEPALIVE = 1 << 0, /* a new connection for each request */
  /* The request travels with the connection's first packet: ZEST_OK says that the origin is to be
   * tried. One that is not there is told by the first read (ECONNREFUSED): then zest_link_retry, or
   * give it back as failed, and others are asked for a while. */
  ZEST_UPSTREAM_TCP_FAST_OPEN = 1 << 1,
  ZEST_UPSTREAM_FLAGS_ALL = 3
};

/* Who the origins are: in text, or in the fields behind it. What is 0 has its default. */
typedef struct zest_upstream_config {
  uint32_t struct_size;
  uint32_t flags;               /* ZEST_UPSTREAM_... */
  const char *text;             /* UTF-8 TOML: the keys of an [upstream.<name>] of zproxy.toml
                                   (docs/OPERATOR.md). All other fields are then 0 */
  size_t text_size;             /* at most 1 MiB */
  const char *const *addresses; /* "127.0.0.1:80", "[::1]:80", "unix:/run/x.sock" */
  size_t address_count;         /* at most 4096 */
  uint32_t strategy;            /* ZEST_BALANCE_... */
  uint32_t pool_size;           /* idle connections kept, per origin; default 64, at most 65536 */
  uint32_t idle_timeout_ms;     /* of those; default 60000. Times are at most a day */
  uint32_t requests_per_connection;  /* 0: no limit */
  uint32_t connect_timeout_ms;       /* of one origin; default 2000 */
  uint32_t first_byte_timeout_ms;    /* told with each link, for the host to keep; default 60000 */
  uint32_t between_bytes_timeout_ms; /* likewise; default 30000 */
  uint32_t reserved;
} zest_upstream_config;

#define ZEST_UPSTREAM_CONFIG_INIT {.struct_size = sizeof(zest_upstream_config)}

/* *upstream is yours to free. Opens nothing yet.
 *   ZEST_INVALID_ARGUMENT, ZEST_BAD_ADDRESS  error says what is wrong; in text with line and column
 *   ZEST_UNSUPPORTED  text has tls or send_proxy: connections are handed out as they are, and what
 *                     comes first on them is the host's (zest/tls.h)
 * Borrows config. Any thread. Since 0.1. */
ZEST_API zest_status zest_upstream_new(const zest_upstream_config *config, zest_upstream **upstream,
                                       zest_error *error);

/* Close what is idle, and set *upstream to NULL. Links that are out stay good, and are given back
 * as ever; their connections are then closed. ZEST_NULL_ARGUMENT if upstream is NULL; ZEST_OK if
 * *upstream is. In a forked child *upstream becomes NULL, and no more. Since 0.1. */
ZEST_API zest_status zest_upstream_free(zest_upstream **upstream);

/* For zest_take.flags. */
enum {
  ZEST_TAKE_FRESH = 1 << 0, /* no pooled connection: the request must not be asked twice */
  ZEST_TAKE_FLAGS_ALL = 1
};

/* What a request asks for. */
typedef struct zest_take {
  uint32_t struct_size;
  uint32_t flags; /* ZEST_TAKE_... */
} zest_take;

#define ZEST_TAKE_INIT {.struct_size = sizeof(zest_take)}

/* Where a link stands. Set struct_size. */
typedef struct zest_link_state {
  uint32_t struct_size;
  int32_t fd; /* with ZEST_OK the connection: non-blocking, close-on-exec, the link's to close. With
                 ZEST_WANT_READ and ZEST_WANT_WRITE what to wait for; -1: for the deadline alone */
  int64_t deadline_ns; /* until when to wait, of CLOCK_MONOTONIC; INT64_MAX: there is no wait */
  uint32_t peer;       /* index of the origin, as of zest_upstream_peer_get */
  uint32_t requests;   /* with ZEST_OK: on this connection, with this one; above 1 it was pooled */
  uint32_t first_byte_timeout_ms;    /* as configured */
  uint32_t between_bytes_timeout_ms; /* likewise */
  zest_address address;              /* of the origin; ZEST_FAMILY_NONE: not known yet */
} zest_link_state;

#define ZEST_LINK_STATE_INIT {.struct_size = sizeof(zest_link_state), .fd = -1}

/* A connection for one request: a pooled one, else a new one. Origins that cannot be connected to
 * are passed over, at most four in all.
 *   ZEST_OK          state->fd is connected. A pooled one has been looked at: it had not ended, and
 *                    nothing had come on it. Its end may still be on its way: see zest_link_retry
 *   ZEST_WANT_WRITE, ZEST_WANT_READ
 *                    it is under way: wait until state->fd is writable (readable), or for the
 *                    deadline; then zest_link_go_on
 *   any other        error says which origin failed last, and why; os_errno is ETIMEDOUT where it
 *                    was too slow. There is no link
 * *link is written for the first three, and is yours to give back. how NULL: the defaults; error
 * may be NULL. Any thread. Since 0.1. */
ZEST_API zest_status zest_upstream_take(const zest_upstream *upstream, const zest_take *how,
                                        zest_link **link, zest_link_state *state,
                                        zest_error *error);

/* What has become of it: answers as zest_upstream_take, where nothing is decided yet the same as
 * before. ZEST_INVALID_ARGUMENT after zest_link_release_fd. At a failure the link stays, without a
 * connection: give it back. Since 0.1. */
ZEST_API zest_status zest_link_go_on(zest_link *link, zest_link_state *state, zest_error *error);

/* Another connection for the same request, where the first one ended without an answer: that one is
 * closed. An origin that this request has had a new connection of, or could not connect to, is not
 * asked again, and four are the most. Whether the request may be sent twice (RFC 9110, 9.2.2), and
 * whether it is all still there, you know. Answers as zest_link_go_on; how as of
 * zest_upstream_take. Since 0.1. */
ZEST_API zest_status zest_link_retry(zest_link *link, const zest_take *how, zest_link_state *state,
                                     zest_error *error);

/* Take the fd out of the link, which goes on counting as a request at its origin: for an upgrade,
 * or zest/tunnel.h. *fd is yours to close. ZEST_INVALID_ARGUMENT: the link is not connected.
 * Since 0.1. */
ZEST_API zest_status zest_link_release_fd(zest_link *link, int32_t *fd);

/* What came of a request: for statistics, and for balancing to come. */
typedef struct zest_outcome {
  uint32_t struct_size;
  uint32_t failed;       /* 1: the origin's fault: no answer in time, or one that was cut or bad */
  uint32_t status;       /* of HTTP; 0: no answer, or another protocol */
  uint32_t reserved;     /* 0 */
  int64_t first_byte_ns; /* from the request's last byte to the answer's first; 0: not known */
} zest_outcome;

#define ZEST_OUTCOME_INIT {.struct_size = sizeof(zest_outcome)}

/* The end of a request. reusable 1: the exchange came to its end on both sides, nothing of it is
 * left to read, and the connection may carry another; stop watching its fd first, which is the
 * pool's from now on. 0: it is closed. outcome may be NULL. Sets *link to NULL; ZEST_OK if it is
 * that. ZEST_NULL_ARGUMENT, ZEST_UNSUPPORTED, ZEST_INVALID_ARGUMENT (of outcome) and ZEST_FORKED
 * leave the link. Since 0.1. */
ZEST_API zest_status zest_link_give_back(zest_link **link, uint32_t reusable,
                                         const zest_outcome *outcome);

/* When to tend next. Will never have other members. */
typedef struct zest_tend {
  int32_t fd;          /* or earlier, when this is readable; -1: there is none, for now */
  uint32_t reserved;   /* 0 */
  int64_t deadline_ns; /* of CLOCK_MONOTONIC; INT64_MAX: when connections have been given back */
} zest_tend;

/* Close idle connections that are over their time, or that their origins have ended. Without it
 * they are closed as they are met: it is for those who want them gone in time. Say once a second,
 * or when *next (NULL: not wanted) says. Any thread. Since 0.1. */
ZEST_API zest_status zest_upstream_tend(const zest_upstream *upstream, zest_tend *next);

enum {
  ZEST_PEER_UNKNOWN = 0, /* not connected to yet */
  ZEST_PEER_UP = 1,      /* the last attempt to connect went well */
  ZEST_PEER_DOWN = 2     /* it did not; for failure_pause_ms (10 s) others are asked first */
};

/* One origin: what stands now, and counters since the start. */
typedef struct zest_peer {
  uint32_t struct_size;
  uint32_t state;  /* ZEST_PEER_... */
  uint32_t active; /* requests under way */
  uint32_t idle;   /* pooled connections */
  uint64_t connects;
  uint64_t connect_failures;
  uint64_t reused;       /* requests on a pooled connection */
  uint64_t requests;     /* given back */
  uint64_t failures;     /* of these, with failed */
  uint64_t retries;      /* zest_link_retry, away from a connection of this origin */
  uint64_t answers[6];   /* by status class: [2] is 2xx; [0]: an outcome without one */
  uint64_t dropped_idle; /* pooled connections that the origin ended */
  uint64_t expired;      /* that were idle for too long */
  uint64_t crowded_out;  /* not pooled: there were pool_size */
  int64_t first_byte_ns; /* smoothed over some eight outcomes; 0: none was told */
  zest_address address;
} zest_peer;

#define ZEST_PEER_INIT {.struct_size = sizeof(zest_peer)}

/* The origins, in the order of the configuration. ZEST_INVALID_ARGUMENT: index is not below the
 * count. Any thread. Since 0.1. */
ZEST_API zest_status zest_upstream_peer_count(const zest_upstream *upstream, size_t *count);
ZEST_API zest_status zest_upstream_peer_get(const zest_upstream *upstream, size_t index,
                                            zest_peer *out);

ZEST_C_END

#endif
