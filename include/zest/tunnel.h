/* zest/tunnel.h: two connected sockets joined: what one says the other is told, until both have
 * said all.
 *
 * Library  libzest-proxy.so.1; what zest/base.h declares is in libzest.so.1.
 * Life     zest_tunnel_service_start; zest_tunnel_join for each pair, zest_tunnel_next for each
 *          end; zest_tunnel_service_shutdown; zest_tunnel_service_free.
 * Threads  The service has threads of its own, named "zest-tunnel-<n>", with all signals blocked.
 *          "Any thread" below means: at any time, from several at once. Only
 *          zest_tunnel_service_free must be the last call on its handle; it waits for calls that
 *          are still inside.
 * Waiting  zest_tunnel_event_fd is readable when a tunnel has ended. No callback is needed.
 * Bytes    They pass exactly and in order, a slow reader stops its sender, a side's end is passed
 *          on after its last byte while the other direction goes on, and what was cut never looks
 *          whole: the side that has not been told all sees a reset. Urgent data (MSG_OOB) passes as
 *          ordinary bytes.
 * Plain    The sockets' bytes pass as they are. One whose records the kernel seals (ZEST_TLS_KERNEL
 *          of zest/tls.h) is none of these: its end comes as a broken side.
 * Fork     After a fork each call in the child answers ZEST_FORKED. */
#ifndef ZEST_TUNNEL_H
#define ZEST_TUNNEL_H

#include <zest/base.h>

ZEST_C_BEGIN

typedef struct zest_tunnel_service zest_tunnel_service; /* threads that carry tunnels */

enum {
  ZEST_TUNNEL_LOAD_SOCKMAP = 1 << 0, /* for ZEST_TUNNEL_SOCKMAP; needs CAP_BPF and CAP_NET_ADMIN.
                                        Where it can't be had those are copied, and the note of
                                        zest_tunnel_stats says why */
  ZEST_TUNNEL_PIPE = 1 << 1,         /* the event fd is a pipe, for hosts that refuse eventfds; it
                                        may be read (Node waits by reading a dup): after each read
                                        take until ZEST_TIMED_OUT */
  ZEST_TUNNEL_SERVICE_FLAGS_ALL = 3
};

enum {
  ZEST_TUNNEL_BACKEND_AUTO = 0, /* io_uring where the kernel lets us */
  ZEST_TUNNEL_BACKEND_IO_URING = 1,
  ZEST_TUNNEL_BACKEND_EPOLL = 2
};

/* What a service is made from. */
typedef struct zest_tunnel_settings {
  uint32_t struct_size;
  uint32_t flags;       /* ZEST_TUNNEL_LOAD_SOCKMAP, ZEST_TUNNEL_PIPE */
  uint32_t threads;     /* 0: one per CPU that the process may use; most 1024 */
  uint32_t tunnels;     /* at once, with those whose end was not taken; 0: 16384; most 4194304 */
  uint32_t buffers;     /* of each thread, to receive into; a power of two; 0: 256; most 32768 */
  uint32_t buffer_size; /* bytes; 0: 32768; from 4096 to 1048576 */
  uint32_t backend;     /* ZEST_TUNNEL_BACKEND_... */
  uint32_t reserved;    /* 0 */
} zest_tunnel_settings;

#define ZEST_TUNNEL_SETTINGS_INIT {.struct_size = sizeof(zest_tunnel_settings)}

/* Start the threads. *service is yours to free. settings NULL: the defaults; borrowed. Blocks for
 * the start of its threads; with ZEST_TUNNEL_LOAD_SOCKMAP also some 10 ms for a trial. Any thread.
 * Since 0.1. */
ZEST_API zest_status zest_tunnel_service_start(const zest_tunnel_settings *settings,
                                               zest_tunnel_service **service, zest_error *error);

/* Which way bytes pass. Where a way can't be had they are copied. */
enum {
  ZEST_TUNNEL_AUTO = 0,   /* copied, or through a pipe while much flows */
  ZEST_TUNNEL_COPY = 1,   /* received and sent: the quickest for small messages */
  ZEST_TUNNEL_SPLICE = 2, /* through a pipe, never seen in this process: the cheapest for bulk */
  ZEST_TUNNEL_SOCKMAP = 3 /* by the kernel alone, without waking this process: the cheapest for
                             talk; needs ZEST_TUNNEL_LOAD_SOCKMAP, and TCP */
};

enum {
  ZEST_TUNNEL_SILENT = 1 << 0, /* its end is counted, and not told by zest_tunnel_next */
  ZEST_TUNNEL_FLAGS_ALL = 1
};

enum { ZEST_TUNNEL_PREREAD_MAX = 65536 };

/* A deadline of no end. */
#define ZEST_TUNNEL_NEVER UINT32_MAX

/* How two sockets are joined. */
typedef struct zest_tunnel_options {
  uint32_t struct_size;
  uint32_t flags;            /* ZEST_TUNNEL_SILENT */
  uint64_t context;          /* yours; comes back with the end */
  uint32_t engine;           /* ZEST_TUNNEL_AUTO ... */
  uint32_t idle_timeout_ms;  /* nothing has moved, either way; 0: 600000 */
  uint32_t total_timeout_ms; /* of the whole; 0: none */
  uint32_t end_timeout_ms;   /* nothing has moved although one side has ended; and of what is left
                                after zest_tunnel_drain; 0: 30000 */
  const void *preread_a;     /* bytes that you have read from a: b is told them first */
  size_t preread_a_size;     /* at most ZEST_TUNNEL_PREREAD_MAX */
  const void *preread_b;
  size_t preread_b_size;
} zest_tunnel_options;

#define ZEST_TUNNEL_OPTIONS_INIT {.struct_size = sizeof(zest_tunnel_options)}

/* Join two connected stream sockets (TCP or Unix). Takes both fds, at success and at failure;
 * borrows options (NULL: the defaults) and the bytes. Does not wait: a thread of the service
 * carries them. *id (may be NULL) is the tunnel's, never used again. A duplicate of one of the fds
 * that lives on in your process keeps its connection from being closed.
 *   ZEST_INVALID_ARGUMENT  no connected stream sockets; one socket twice; options out of range
 *   ZEST_LIMIT_REACHED     as many tunnels as the settings allow are open or not taken
 *   ZEST_CLOSED            the service is being shut down
 *   any other              the system's; error says which
 * Any thread. Since 0.1. */
ZEST_API zest_status zest_tunnel_join(const zest_tunnel_service *service, int32_t a, int32_t b,
                                      const zest_tunnel_options *options, uint64_t *id,
                                      zest_error *error);

/* End it now; zest_tunnel_next will tell. ZEST_INVALID_ARGUMENT: there is no tunnel with this id
 * any more. Any thread. Since 0.1. */
ZEST_API zest_status zest_tunnel_cancel(const zest_tunnel_service *service, uint64_t id);

/* Let it come to its end, but for no longer than its end_timeout_ms from now. As
 * zest_tunnel_cancel. Since 0.1. */
ZEST_API zest_status zest_tunnel_drain(const zest_tunnel_service *service, uint64_t id);

/* Why it ended. */
enum {
  ZEST_TUNNEL_DONE = 0, /* each side has ended, and the other was told all of it */
  ZEST_TUNNEL_A_BROKEN = 1,
  ZEST_TUNNEL_B_BROKEN = 2,
  ZEST_TUNNEL_IDLE_TIMEOUT = 3,
  ZEST_TUNNEL_TOTAL_TIMEOUT = 4,
  ZEST_TUNNEL_END_TIMEOUT = 5,
  ZEST_TUNNEL_CANCELLED = 6,
  ZEST_TUNNEL_NO_MEMORY = 7, /* it held buffers that others had long waited for, or found none */
  ZEST_TUNNEL_MISMATCH = 8   /* the kernel's count of bytes is not ours: what passed is in doubt */
};

/* A tunnel that has ended. */
typedef struct zest_tunnel_end {
  uint32_t struct_size;
  uint32_t end; /* ZEST_TUNNEL_DONE ...; a host must expect numbers that it does not know */
  uint64_t id;
  uint64_t context;
  uint64_t bytes_a_to_b; /* passed on */
  uint64_t bytes_b_to_a;
  int64_t began_ns; /* CLOCK_MONOTONIC */
  int64_t duration_ns;
  int32_t os_errno; /* of a broken side */
  uint32_t reserved;
} zest_tunnel_end;

#define ZEST_TUNNEL_END_INIT {.struct_size = sizeof(zest_tunnel_end)}

/* Take the ends of up to capacity tunnels; their fds are closed by then. Waits for the first, at
 * most timeout_ms: 0 does not wait, -1 waits without limit. *count is how many of out were written;
 * out[0].struct_size is the stride.
 *   ZEST_OK         at least one
 *   ZEST_TIMED_OUT  none; the event fd will tell of the next
 *   ZEST_CLOSED     shut down, and all were taken
 * Any thread. Since 0.1. */
ZEST_API zest_status zest_tunnel_next(const zest_tunnel_service *service, zest_tunnel_end *out,
                                      size_t capacity, size_t *count, int32_t timeout_ms);

/* An fd that polls readable (POLLIN) while zest_tunnel_next would not wait. Never write it; read
 * it only where it is a pipe. Borrowed: valid until zest_tunnel_service_free. Any thread.
 * Since 0.1. */
ZEST_API zest_status zest_tunnel_event_fd(const zest_tunnel_service *service, int32_t *fd);

/* What a shutdown did. */
typedef struct zest_tunnel_receipt {
  uint32_t struct_size;
  uint32_t complete; /* 1: none had to be cut by it */
  uint64_t finished; /* tunnels that ended before the deadline, each by itself or by its own */
  uint64_t cut;
  uint64_t duration_ns;
} zest_tunnel_receipt;

#define ZEST_TUNNEL_RECEIPT_INIT {.struct_size = sizeof(zest_tunnel_receipt)}

/* No more joins; all tunnels as by zest_tunnel_drain; cut what is left after timeout_ms (-1: 30 s).
 * Waits for that. Ends can still be taken; after the last, zest_tunnel_next answers ZEST_CLOSED.
 * ZEST_OK, or ZEST_TIMED_OUT if something was cut; the receipt (NULL: not wanted) is written for
 * both. A second call tells the same; zest_tunnel_service_cut ends it at once. Any thread.
 * Since 0.1. */
ZEST_API zest_status zest_tunnel_service_shutdown(const zest_tunnel_service *service,
                                                  int32_t timeout_ms, zest_tunnel_receipt *receipt);

/* No more joins, and cut every tunnel, without waiting. Any thread. Since 0.1. */
ZEST_API zest_status zest_tunnel_service_cut(const zest_tunnel_service *service);

/* Cut what is left, wait for calls of other threads to return (zest_tunnel_next answers
 * ZEST_CLOSED), join the threads, and set *service to NULL. After a fork, in the child: only the
 * latter; its copies of the fds go with the next exec. ZEST_NULL_ARGUMENT if service is NULL;
 * ZEST_OK if *service is. Since 0.1. */
ZEST_API zest_status zest_tunnel_service_free(zest_tunnel_service **service);

/* Counters since the start, and what stands at this moment. */
typedef struct zest_tunnel_stats {
  uint32_t struct_size;
  uint32_t threads; /* that carry: one whose io_uring the kernel refuses has cut its tunnels */
  uint32_t backend; /* ZEST_TUNNEL_BACKEND_IO_URING or ZEST_TUNNEL_BACKEND_EPOLL */
  uint32_t sockmap; /* 1: ZEST_TUNNEL_SOCKMAP can be had */
  uint64_t open;
  uint64_t waiting;      /* ended, and not taken */
  uint64_t joined;       /* ever */
  uint64_t refused;      /* with ZEST_LIMIT_REACHED */
  uint64_t shed;         /* cut, since their buffers were needed */
  uint64_t ends[9];      /* by ZEST_TUNNEL_DONE ... ZEST_TUNNEL_MISMATCH */
  uint64_t bytes_a_to_b; /* of tunnels that have ended */
  uint64_t bytes_b_to_a;
  char note[256]; /* why not io_uring, or not the socket map; UTF-8; "" if nothing is amiss */
} zest_tunnel_stats;

#define ZEST_TUNNEL_STATS_INIT {.struct_size = sizeof(zest_tunnel_stats)}

/* out->struct_size must be set. Any thread. Since 0.1. */
ZEST_API zest_status zest_tunnel_stats_get(const zest_tunnel_service *service,
                                           zest_tunnel_stats *out);

ZEST_C_END

#endif
