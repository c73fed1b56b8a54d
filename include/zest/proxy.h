/* zest/proxy.h: a whole HTTP reverse proxy inside your process: the engine of zproxy, without its
 * logs, its admin page and its signals.
 *
 * Library  libzest-proxy.so.1; what zest/base.h declares is in libzest.so.1 (zest-proxy.pc has
 *          both).
 * Life     zest_proxy_start; zest_proxy_serve, zest_proxy_reload as you like; zest_proxy_drain;
 *          zest_proxy_free.
 * Threads  The proxy has threads of its own, one per worker, named "zproxy-<n>", with all signals
 *          blocked. "Any thread" below means: at any time, from several at once. Only
 *          zest_proxy_free must be the last call on its handle: each other one has returned, in
 *          every thread, zest_hook_next too. It does not wait for them, unlike zest_service_free.
 * Within   a callback of yours (log; asked and claims of zest/hook.h) you are on a worker's thread:
 *          of the same proxy never call zest_proxy_reload, _drain, _cut or _free there. Most of
 *          them would wait for that very thread, for ever. Have another thread do it.
 * Process  No signal handler, no exit, no state outside the handle but OpenSSL's, which is inside
 *          the library and hidden: yours, of whatever version, is not met. Several proxies may run
 *          side by side.
 * Fork     After a fork each call in the child answers ZEST_FORKED. */
#ifndef ZEST_PROXY_H
#define ZEST_PROXY_H

#include <zest/base.h>

ZEST_C_BEGIN

typedef struct zest_proxy zest_proxy; /* a running proxy */
struct zest_proxy_hooks;              /* what your program decides: zest/hook.h */

/* One request that has been answered, or a tunnel that has ended: a line of an access log. The
 * texts are borrowed for the call, need not be UTF-8, and are not zero-terminated unless said. */
typedef struct zest_proxy_record {
  uint32_t struct_size;  /* of the library's: fields beyond it are not there */
  uint32_t listener;     /* index, as of zest_proxy_listener_get */
  int64_t began_ns;      /* CLOCK_MONOTONIC, when the head was complete */
  int64_t duration_ns;   /* until the answer was sent */
  int64_t first_byte_ns; /* until the origin's first byte; 0: none came */
  uint64_t bytes_in;     /* head and body from the client */
  uint64_t bytes_out;    /* to the client */
  const char *method;    /* none in the modes tcp and udp */
  const char *target;
  const char *host;
  const char *upstream; /* the group that was asked; none if none was */
  uint32_t method_size;
  uint32_t target_size;
  uint32_t host_size;
  uint32_t upstream_size;
  uint16_t status; /* 0: no answer was sent */
  uint8_t minor;   /* HTTP/1.minor of the client */
  uint8_t reused;  /* 1: the connection to the origin was from the pool */
  uint8_t cut;     /* 1: the answer did not come to its end */
  uint8_t reserved[3];
  const char *timeout; /* the deadline that fired, "" if none; zero-terminated, static */
  const char *limit;   /* the limit that was hit, likewise */
  const char *why;     /* what was wrong with the request or the answer, likewise */
  zest_address client;
  zest_address origin; /* ZEST_FAMILY_NONE: none was asked */
} zest_proxy_record;

/* Called by the proxy's worker threads, several at once, at the end of each exchange. It holds up
 * the worker's other connections until it returns: hand the record on, do not write it. It may
 * call nothing of this proxy's but zest_proxy_stats_get (a call that waits, like a reload, would
 * wait for this thread), and must not throw or unwind. */
typedef void (*zest_proxy_log)(void *context, const zest_proxy_record *record);

/* Where the configuration is: in text, or in a file. Exactly one of both. Its language is that of
 * zproxy.toml (docs/OPERATOR.md); a [[listener]] may have an id, and then needs no bind: its
 * connections come by zest_proxy_serve. access_log, admin and log_level are zproxy's own: they are
 * checked, and without effect. */
typedef struct zest_proxy_config {
  uint32_t struct_size;
  uint32_t reserved;
  const char *text; /* UTF-8 TOML */
  size_t text_size;
  const char *name;   /* of text in messages; NULL: "config" */
  const char *path;   /* of a file, at most 1 MiB */
  zest_proxy_log log; /* NULL: none. Of a reload: ignored */
  void *log_context;
  const struct zest_proxy_hooks *hooks; /* callbacks, protocols; NULL: none, and requests of hooks
                                           come by zest_hook_next alone. Of a reload: ignored */
} zest_proxy_config;

#define ZEST_PROXY_CONFIG_INIT {.struct_size = sizeof(zest_proxy_config)}

/* Room for the lines that a call has to say: all that is wrong with a configuration, each line
 * "name:line:column: cause"; of another failure, the words of error; of a success, warnings. Set
 * bytes and size; NULL and 0 is fine. Always zero-terminated where size > 0; needed says how much
 * size would have held all of it. Will never have other members. */
typedef struct zest_proxy_text {
  char *bytes;
  size_t size;
  size_t needed;
} zest_proxy_text;

/* Start a proxy: read the configuration, bind, start the workers, listen. *proxy is yours to free.
 *   ZEST_OK                said holds warnings: certificates that expire soon, say
 *   ZEST_INVALID_ARGUMENT  the configuration is wrong: said holds all of it, error the first line
 *   any other              a file, an address, memory: error says which. Nothing is left behind
 * said and error may be NULL. Borrows all but log and log_context, which are used until
 * zest_proxy_free has returned. Blocks for files and for the start of its threads. Any thread.
 * Since 0.1. */
ZEST_API zest_status zest_proxy_start(const zest_proxy_config *config, zest_proxy **proxy,
                                      zest_proxy_text *said, zest_error *error);

/* What a start with this configuration would read of it and of its files: fails as that would, and
 * opens no socket. Any thread. Since 0.1. */
ZEST_API zest_status zest_proxy_check(const zest_proxy_config *config, zest_proxy_text *said,
                                      zest_error *error);

/* Serve a connected stream socket, from zest_next or anywhere, as if the [[listener]] with that id
 * had accepted it. Takes the fd, at success and at failure. Does not wait: it goes to the worker
 * with the fewest connections, and its limits hold there.
 *   ZEST_INVALID_ARGUMENT  no listener has that id; or the fd is no connected stream socket
 *   ZEST_CLOSED            the proxy is draining, or was cut
 *   any other              its peer has broken it (os_errno), memory
 * Any thread. Since 0.1. */
ZEST_API zest_status zest_proxy_serve(const zest_proxy *proxy, int32_t fd, uint64_t listener_id,
                                      zest_error *error);

/* Put another configuration in force: new connections are served by it, open ones end with theirs.
 * Addresses that both have keep their sockets, origins that both have their connections; files of
 * TLS are read again. If it is wrong or cannot be had, nothing has changed, and said and error say
 * why, as zest_proxy_start. What only a start can change (workers, io) stays, with a warning in
 * said. ZEST_CLOSED: the proxy is draining, or was cut. Waits until all workers have it, and
 * addresses that it has no more are free. Any thread. Since 0.1. */
ZEST_API zest_status zest_proxy_reload(const zest_proxy *proxy, const zest_proxy_config *config,
                                       zest_proxy_text *said, zest_error *error);

/* What a drain did. */
typedef struct zest_proxy_receipt {
  uint32_t struct_size;
  uint32_t complete;    /* 1: nothing had to be forced */
  uint64_t finished;    /* exchanges that ended in order while draining */
  uint64_t closed_idle; /* connections that had none */
  uint64_t tunnels;     /* whose both sides ended while draining */
  uint64_t forced;      /* connections cut at the deadline */
  uint64_t duration_ns;
} zest_proxy_receipt;

#define ZEST_PROXY_RECEIPT_INIT {.struct_size = sizeof(zest_proxy_receipt)}

/* Stop accepting, close idle connections, let exchanges come to their end; cut what is left after
 * timeout_ms (-1: the configuration's drain_timeout_ms). Waits for all of that. ZEST_OK, or
 * ZEST_TIMED_OUT if something was cut; the receipt (NULL: not wanted) is written for both. A second
 * call tells the same, and can only bring the end forward. zest_proxy_cut from another thread ends
 * it at once. Any thread. Since 0.1. */
ZEST_API zest_status zest_proxy_drain(const zest_proxy *proxy, int32_t timeout_ms,
                                      zest_proxy_receipt *receipt);

/* Cut every connection and end the workers, without waiting. Any thread. Since 0.1. */
ZEST_API zest_status zest_proxy_cut(const zest_proxy *proxy);

/* Cut what is left, join the threads, and set *proxy to NULL. The last call: no other one may be
 * inside the proxy, in any thread, nor may it be made from a callback. After a fork, in the child:
 * *proxy becomes NULL, and no more; its copies of the fds go with the next exec. ZEST_NULL_ARGUMENT
 * if proxy is NULL; ZEST_OK if *proxy is. Since 0.1. */
ZEST_API zest_status zest_proxy_free(zest_proxy **proxy);

/* Counters since the start, over all workers, and what stands at this moment. */
typedef struct zest_proxy_stats {
  uint32_t struct_size;
  uint32_t workers;     /* that run; one whose io_uring the kernel refuses to go on with has ended,
                           and its connections were cut */
  uint64_t connections; /* of clients, open */
  uint64_t active;      /* of these, with an exchange */
  uint64_t idle_links;  /* pooled connections to origins */
  uint64_t tunnels_open;
  uint64_t buffers; /* of the receive pools */
  uint64_t buffers_free;
  uint64_t accept_queue;         /* waiting in the kernel, over the listeners */
  uint64_t connections_accepted; /* or handed over */
  uint64_t connections_closed;
  uint64_t connections_reset; /* by the client, or broken */
  uint64_t requests;          /* begun; also those whose head was refused */
  uint64_t answers[6];        /* by status class: [2] is 2xx; [0]: none was sent */
  uint64_t bytes_from_clients;
  uint64_t bytes_to_clients;
  uint64_t bytes_from_origins;
  uint64_t bytes_to_origins;
  uint64_t timeouts; /* deadlines that fired, of any kind */
  uint64_t limits;   /* limits that were hit, of any kind */
  uint64_t upstream_connects;
  uint64_t upstream_connect_failures;
  uint64_t upstream_reused;
  uint64_t upstream_retries;
  uint64_t accept_errors;
  uint64_t tunnels;    /* begun */
  uint64_t handshakes; /* of TLS, with clients, that came to their end */
  uint64_t handshakes_failed;
  uint64_t hooked;            /* requests that were put before you */
  uint64_t hooks_waiting;     /* places of the queue in use, at this moment */
  uint64_t connections_given; /* of protocols of yours, and taken by you */
} zest_proxy_stats;

#define ZEST_PROXY_STATS_INIT {.struct_size = sizeof(zest_proxy_stats)}

/* out->struct_size must be set. Any thread, also in zest_proxy_log. Since 0.1. */
ZEST_API zest_status zest_proxy_stats_get(const zest_proxy *proxy, zest_proxy_stats *out);

/* How a [[listener]] came up. */
typedef struct zest_proxy_listener {
  uint32_t struct_size;
  uint32_t sockets; /* one per worker, or one; 0: connections come by zest_proxy_serve */
  uint32_t backlog_effective;
  uint32_t encrypted;   /* 1: TLS */
  zest_address address; /* with the real port; ZEST_FAMILY_NONE without a socket */
  char note[256];       /* what was done differently from what was asked, and why; UTF-8 */
} zest_proxy_listener;

#define ZEST_PROXY_LISTENER_INIT {.struct_size = sizeof(zest_proxy_listener)}

/* The listeners in force, in the order of the configuration. ZEST_INVALID_ARGUMENT: index is not
 * below the count. Any thread. Since 0.1. */
ZEST_API zest_status zest_proxy_listener_count(const zest_proxy *proxy, size_t *count);
ZEST_API zest_status zest_proxy_listener_get(const zest_proxy *proxy, size_t index,
                                             zest_proxy_listener *out);

ZEST_C_END

#endif
