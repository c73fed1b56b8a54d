/* zest/acceptor.h: listen on many addresses and cores, and take the connected sockets.
 *
 * Life     zest_listen; zest_next again and again; zest_shutdown; zest_next until ZEST_CLOSED;
 *          zest_service_free.
 * Modes    By default each (address, index) has a thread of its own that accepts and puts what it
 *          accepted into a queue; zest_next takes from all queues, in any thread. With ZEST_SHARDS
 *          there are no threads: each of the host's own threads drives one shard, which has a
 *          socket of every address, with zest_shard_next.
 * Threads  "Any thread" below means: at any time, from several at once. Only zest_service_free
 *          must be the last call on its handle; it waits for calls that are still inside.
 * Waiting  Readiness is an fd (zest_service_event_fd), so that epoll, Tokio, asyncio or libuv can
 *          wait for it: when it is readable, take until ZEST_TIMED_OUT. No callback is needed.
 * Signals  The fds that you take are yours, and so is SIGPIPE, which write() to a socket that its
 *          client has closed raises: send with MSG_NOSIGNAL, or ignore the signal. No call of zest
 *          raises it or changes what you have set. */
#ifndef ZEST_ACCEPTOR_H
#define ZEST_ACCEPTOR_H

#include <zest/base.h>

ZEST_C_BEGIN

typedef struct zest_service zest_service; /* the listeners of one zest_listen */
typedef struct zest_report zest_report;   /* how each of them came up */

enum { ZEST_TCP = 0, ZEST_UDP = 1, ZEST_UNIX = 2 };

/* For settings whose default depends: 0 leaves it to zest (or to the kernel, where said). */
enum { ZEST_DEFAULT = 0, ZEST_ON = 1, ZEST_OFF = 2 };

/* The ..._INIT macros set struct_size, and two of them another field (zest_connection: fd -1;
 * zest_service_stats: total.struct_size). A host in another language does the same, with zeros
 * everywhere else. */

/* Options of the listening sockets, and, by inheritance, of those accepted from them. Sizes in
 * bytes, times as named; 0 is the kernel's default unless a default is given. */
typedef struct zest_socket_options {
  uint32_t struct_size;
  uint32_t nodelay;              /* TCP_NODELAY; default on */
  uint32_t keepalive;            /* SO_KEEPALIVE; default off */
  uint32_t keepalive_idle_s;     /* TCP_KEEPIDLE */
  uint32_t keepalive_interval_s; /* TCP_KEEPINTVL */
  uint32_t keepalive_count;      /* TCP_KEEPCNT */
  uint32_t receive_buffer;       /* SO_RCVBUF */
  uint32_t send_buffer;          /* SO_SNDBUF */
  uint32_t defer_accept_s;       /* TCP_DEFER_ACCEPT: accept when the first bytes are there */
  uint32_t fast_open_queue;      /* TCP_FASTOPEN: pending requests that may carry data */
  uint32_t v6only;               /* IPV6_V6ONLY; default the kernel's (net.ipv6.bindv6only) */
  uint32_t busy_poll_us;         /* SO_BUSY_POLL; above the sysctl needs CAP_NET_ADMIN */
  uint32_t transparent;          /* IP_TRANSPARENT; default off; needs CAP_NET_ADMIN */
} zest_socket_options;

#define ZEST_SOCKET_OPTIONS_INIT {.struct_size = sizeof(zest_socket_options)}

enum {
  ZEST_LISTENER_SINGLE = 1 << 0,   /* one socket without SO_REUSEPORT, whatever the settings say */
  ZEST_LISTENER_JOIN = 1 << 1,     /* share the port with sockets that others have open on it */
  ZEST_LISTENER_ADOPT_FD = 1 << 2, /* listen on fd instead of opening address */
  ZEST_LISTENER_FLAGS_ALL = 7
};

/* One address to listen on. An array of these has its first element's struct_size as stride. */
typedef struct zest_listener_config {
  uint32_t struct_size;
  uint32_t flags;       /* ZEST_LISTENER_... */
  uint64_t listener_id; /* yours, unique in the array; comes with each connection */
  const char *address;  /* "127.0.0.1:80", "[::1]:0", ":80" (every address, IPv6 and IPv4),
                           "[fe80::1%eth0]:80" (a link-local one needs its interface, by name or
                           number), "unix:/run/x.sock", "unix:@abstract"; NULL with
                           ZEST_LISTENER_ADOPT_FD */
  uint32_t protocol;    /* ZEST_TCP or ZEST_UDP; a Unix address or adopted Unix socket is a stream
                           socket, and ZEST_UNIX whether named or not */
  int32_t fd;           /* ZEST_LISTENER_ADOPT_FD: a bound socket (systemd, zest_recv_fds);
                           take, at success and at failure */
  uint32_t unix_mode;   /* permissions of the socket's file, as chmod; 0: by the umask */
  uint32_t reserved;    /* 0 */
  const zest_socket_options *socket_options; /* NULL: those of the settings */
} zest_listener_config;

#define ZEST_LISTENER_CONFIG_INIT {.struct_size = sizeof(zest_listener_config)}

enum {
  ZEST_SINGLE_LISTENER = 1 << 0, /* one socket and thread per address, without SO_REUSEPORT */
  ZEST_SHARDS = 1 << 1,          /* no threads: the host drives shards with zest_shard_next */
  ZEST_NOTIFY_PIPE = 1 << 2,     /* event fds are pipes, for hosts that refuse eventfds; these may
                                    be read (Node waits by reading a dup): take after each read.
                                    With ZEST_SHARDS, whose fds are their loops', without effect */
  ZEST_PIN_CPUS = 1 << 3,        /* thread i runs on the i-th allowed CPU alone, and prefers the
                                    memory of that CPU's NUMA node */
  ZEST_SETTINGS_FLAGS_ALL = 15
};

/* Which socket of an address gets a new connection. */
enum {
  ZEST_STEER_HASH = 0,       /* the kernel's hash of the addresses */
  ZEST_STEER_CPU = 1,        /* the one with the index of the CPU that the packet came in on */
  ZEST_STEER_LESS_LOADED = 2 /* the less loaded of two at random; needs CAP_BPF and CAP_NET_ADMIN;
                                where refused, hash, and the report says so */
};

enum { ZEST_BACKEND_AUTO = 0, ZEST_BACKEND_IO_URING = 1, ZEST_BACKEND_EPOLL = 2 };

typedef struct zest_settings {
  uint32_t struct_size;
  uint32_t flags;               /* ZEST_SINGLE_LISTENER, ... */
  uint32_t threads_per_address; /* or shards; 0: one per CPU that the process may use; most 1024 */
  uint32_t backlog;             /* 0: the system's most (net.core.somaxconn) */
  uint32_t queue_capacity;      /* accepted but not taken, per thread; then accepting pauses and
                                   the kernel's backlog holds. 0: 1024; most 1048576. Below 256 it
                                   is kept, but for one more per further address of the thread or
                                   shard; from 256 on, what the kernel had accepted before it
                                   heard comes on top: hundreds, at most 2048 */
  uint32_t steering;            /* ZEST_STEER_... */
  uint32_t backend;             /* ZEST_BACKEND_...; AUTO: io_uring where the kernel lets us */
  uint32_t reserved;            /* 0 */
  const zest_socket_options *socket_options; /* NULL: the defaults */
} zest_settings;

#define ZEST_SETTINGS_INIT {.struct_size = sizeof(zest_settings)}

/* A connected socket, or an event in its place. */
typedef struct zest_connection {
  uint32_t struct_size;
  int32_t fd; /* yours to close; non-blocking and close-on-exec; write with MSG_NOSIGNAL. UDP: the
                 bound socket, handed out once per thread or shard. -1 for an event */
  uint64_t listener_id;
  uint32_t protocol;      /* ZEST_TCP, ZEST_UDP, ZEST_UNIX */
  uint32_t shard;         /* which thread or shard accepted it */
  int64_t accepted_at_ns; /* CLOCK_MONOTONIC */
  int32_t os_errno;       /* with ZEST_LISTENER_FAILED: why */
  uint32_t reserved;
  zest_address local;
  zest_address remote;
} zest_connection;

#define ZEST_CONNECTION_INIT {.struct_size = sizeof(zest_connection), .fd = -1}

/* Bind count addresses and start to accept on them. ZEST_OK if at least one thread or shard came
 * up; *report tells of each. settings NULL: the defaults.
 *
 * *service and *report are yours to free. report may be NULL, but it alone tells that some of
 * several addresses failed: ZEST_OK means that one came up. It is also written at failure, when
 * the configuration was good enough to try (else it is set to NULL). configs, settings and what
 * they point to are borrowed for the call; adopted fds are taken.
 * A port that a stranger has open is ZEST_ADDRESS_IN_USE, also if his socket has SO_REUSEPORT,
 * unless ZEST_LISTENER_JOIN is set. A Unix socket's file that nobody listens on any more is removed
 * and made anew; zest_shutdown and zest_service_free remove it, unless another has taken its place.
 * Where the limit of open files does not suffice for every listener, the last of them fail, and 16
 * are kept for connections of the others.
 * Blocks only for the start of its threads. Any thread. Since 0.1. */
ZEST_API zest_status zest_listen(const zest_listener_config *configs, size_t count,
                                 const zest_settings *settings, zest_service **service,
                                 zest_report **report, zest_error *error);

/* Take one connection. timeout_ms: 0 does not wait, -1 waits without limit.
 *   ZEST_OK               *out is a connection; its fd is yours
 *   ZEST_LISTENER_FAILED  *out says which listener (listener_id, shard) and why (os_errno);
 *                         connections of the others still come
 *   ZEST_TIMED_OUT        none came; the event fd will tell of the next
 *   ZEST_CLOSED           shut down, and everything accepted was taken
 *   ZEST_WRONG_MODE       the service has shards: use zest_shard_next
 * out->struct_size must be set. Any thread. Since 0.1. */
ZEST_API zest_status zest_next(const zest_service *service, zest_connection *out,
                               int32_t timeout_ms);

/* Take up to capacity connections at once; waits like zest_next for the first. *count is how many
 * of out were written. An event comes alone, as the only one. out[0].struct_size is the stride.
 * Statuses and threads as zest_next. Since 0.1. */
ZEST_API zest_status zest_next_batch(const zest_service *service, zest_connection *out,
                                     size_t capacity, size_t *count, int32_t timeout_ms);

/* The same for one shard. With ZEST_SHARDS this call does the accepting, in the calling thread:
 * the first caller owns the shard, another thread gets ZEST_WRONG_THREAD: also after the owner's
 * thread has ended. Then nobody accepts there any more while its sockets still listen: its clients
 * wait in the kernel, the shard's health is ZEST_HEALTH_DEGRADED, and only zest_shutdown gets them
 * out. So a thread that owns a shard is to live until it is told ZEST_CLOSED. Without ZEST_SHARDS,
 * it takes from the queue of one acceptor thread, in any thread. shard: 0 to zest_shard_count - 1,
 * else ZEST_INVALID_ARGUMENT. Since 0.1. */
ZEST_API zest_status zest_shard_next(const zest_service *service, uint32_t shard,
                                     zest_connection *out, int32_t timeout_ms);
ZEST_API zest_status zest_shard_next_batch(const zest_service *service, uint32_t shard,
                                           zest_connection *out, size_t capacity, size_t *count,
                                           int32_t timeout_ms);

/* How many shards there are: with ZEST_SHARDS threads_per_address, else one per acceptor thread.
 * Any thread. Since 0.1. */
ZEST_API zest_status zest_shard_count(const zest_service *service, uint32_t *count);

/* Tell what this shard has open, for ZEST_STEER_LESS_LOADED: the count of the host's connections,
 * say, told whenever it changes. Until the first call the depth of the shard's queue counts.
 * Without that steering it does nothing. Any thread. Since 0.1. */
ZEST_API zest_status zest_shard_set_load(const zest_service *service, uint32_t shard,
                                         uint32_t load);

/* An fd that polls readable (POLLIN) while zest_next would not wait, once zest_next or
 * zest_next_batch has answered ZEST_TIMED_OUT or has not been called yet. Never read or write it.
 * Borrowed: valid until zest_service_free. ZEST_WRONG_MODE with ZEST_SHARDS. Any thread.
 * Since 0.1. */
ZEST_API zest_status zest_service_event_fd(const zest_service *service, int32_t *fd);

/* The same for zest_shard_next on one shard, also with ZEST_SHARDS. Any thread. Since 0.1. */
ZEST_API zest_status zest_shard_event_fd(const zest_service *service, uint32_t shard, int32_t *fd);

/* What a shutdown did: accepted = handed_over + in_queue + refused. What waits on a socket that
 * somebody else holds open, too (adopted), or goes to a successor on the port, is not left. */
typedef struct zest_receipt {
  uint32_t struct_size;
  uint32_t complete;       /* 1: nothing was lost; 0: see refused, left_in_kernel */
  uint64_t accepted;       /* connections taken from the kernel, over the service's life */
  uint64_t handed_over;    /* of these, given out by zest_next and its like */
  uint64_t in_queue;       /* of these, still to be taken with zest_next */
  uint64_t refused;        /* of these, closed by zest because nobody could take them */
  uint64_t left_in_kernel; /* waiting in the kernel when the listeners closed, so reset */
  uint64_t duration_ns;
} zest_receipt;

#define ZEST_RECEIPT_INIT {.struct_size = sizeof(zest_receipt)}

/* Stop accepting without losing what has begun: new handshakes are held off, what the kernel has
 * queued is accepted, then the listeners close. Waits for that, at most timeout_ms (-1: 10 s), then
 * closes all the same. What is accepted can still be taken; zest_next answers ZEST_CLOSED after
 * the last. While a full queue holds things up, another thread must be taking.
 * With ZEST_SHARDS each shard is drained by its own thread in zest_shard_next; the caller's, one
 * that nobody has driven yet, and one whose owner's thread has ended, by this call (then any thread
 * may take from it). Where a shard's thread does not come until the deadline, its sockets close all
 * the same (but adopted ones: with its next call), and what waited in the kernel is counted.
 * receipt NULL: not wanted; else struct_size must be set. ZEST_OK, or ZEST_TIMED_OUT if it
 * is not complete (receipt is written for both). Further calls wait for the first, and give its
 * status and receipt, with accepted, handed_over, in_queue and refused as they are by then. Any
 * thread. Since 0.1. */
ZEST_API zest_status zest_shutdown(const zest_service *service, int32_t timeout_ms,
                                   zest_receipt *receipt);

/* Shut down at once if zest_shutdown was not called, wait for calls of other threads to return
 * (they answer ZEST_CLOSED), join the threads, close what nobody took, and set *service to NULL.
 * After a fork, in the child: close its copies of the fds; the memory stays, since the fork may
 * have caught the parent's threads in the middle of anything. The parent goes on undisturbed.
 * ZEST_NULL_ARGUMENT if service is NULL; ZEST_OK if *service is. Since 0.1. */
ZEST_API zest_status zest_service_free(zest_service **service);

enum { ZEST_HEALTH_OK = 0, ZEST_HEALTH_DEGRADED = 1, ZEST_HEALTH_FAILED = 2 };

/* Counters of one shard, since the start. */
typedef struct zest_shard_stats {
  uint32_t struct_size;
  uint32_t health;      /* DEGRADED: out of fds or memory, accepting pauses; or the thread that owns
                           the shard has ended. FAILED: its listeners have */
  uint64_t accepted;    /* taken from the kernel */
  uint64_t handed_over; /* given to the host */
  uint64_t refused;     /* accepted, then closed by zest because nobody could take it */
  uint64_t queued;      /* now in the queue */
  uint64_t queue_full_pauses;
  uint64_t resource_pauses;          /* EMFILE, ENFILE, ENOMEM, ENOBUFS */
  uint64_t transient_errors;         /* ECONNABORTED and its like: one connection each, no delay */
  uint64_t transient_by_errno[8][2]; /* {errno, count}; errno 0: not in use */
  uint64_t kernel_queue;             /* waiting in the kernel now, over the shard's listeners */
  uint64_t kernel_queue_max;         /* the effective backlog, summed likewise */
  uint64_t wakeups;                  /* times that a sleeping reader was woken */
} zest_shard_stats;

#define ZEST_SHARD_STATS_INIT {.struct_size = sizeof(zest_shard_stats)}

/* The service as a whole: health is the worst of its shards (FAILED: all failed), counters are
 * their sum. */
typedef struct zest_service_stats {
  uint32_t struct_size;
  uint32_t shards;
  uint64_t listen_overflows; /* of the network namespace: TcpExt ListenOverflows */
  uint64_t listen_drops;     /* of the network namespace: TcpExt ListenDrops */
  zest_shard_stats total;
} zest_service_stats;

#define ZEST_SERVICE_STATS_INIT \
  {.struct_size = sizeof(zest_service_stats), .total = {.struct_size = sizeof(zest_shard_stats)}}

/* Any thread. out->struct_size must be set. Since 0.1. */
ZEST_API zest_status zest_stats(const zest_service *service, zest_service_stats *out);
ZEST_API zest_status zest_shard_stats_get(const zest_service *service, uint32_t shard,
                                          zest_shard_stats *out);

/* How one listening socket came up. */
typedef struct zest_report_row {
  uint32_t struct_size;
  zest_status status; /* ZEST_OK: it listens */
  int32_t os_errno;   /* why not, if not */
  uint32_t shard;     /* what zest_shard_next calls it; UINT32_MAX: it failed before it had one */
  uint64_t listener_id;
  uint32_t protocol;
  uint32_t reuseport; /* 1: one of several sockets with SO_REUSEPORT; 0: the only one */
  uint32_t backend;   /* ZEST_BACKEND_IO_URING or ZEST_BACKEND_EPOLL */
  uint32_t steering;  /* the one in force */
  int32_t cpu;        /* pinned to; -1: not pinned */
  int32_t numa_node;  /* whose memory is preferred; -1: none */
  uint32_t backlog_asked;
  uint32_t backlog_effective; /* as the kernel says; 0 where it does not tell (UDP, Unix) */
  zest_address address;       /* with the real port */
  char thread_name[80];       /* zest-acceptor-<ip>-<port>-<index>; the kernel keeps the first 15.
                                 "" if it failed before that */
  char note[256];             /* why it failed and the likely cure; or what was done differently
                                 from what was asked, and why; "" if nothing was */
} zest_report_row;

#define ZEST_REPORT_ROW_INIT {.struct_size = sizeof(zest_report_row)}

/* One row per listening socket, in the order of configs, then by index. A report is a snapshot
 * and outlives its service. All borrow; any thread. zest_report_row_get: ZEST_INVALID_ARGUMENT if
 * index is too large; out->struct_size must be set. Since 0.1. */
ZEST_API zest_status zest_report_count(const zest_report *report, size_t *count);
ZEST_API zest_status zest_report_row_get(const zest_report *report, size_t index,
                                         zest_report_row *out);

/* The report as a table for people, with a line on the system (limits, kernel, migration).
 * *needed (may be NULL) is its size with the final zero. text gets what fits, zero-terminated;
 * ZEST_INVALID_ARGUMENT if not all did. Any thread. Since 0.1. */
ZEST_API zest_status zest_report_text(const zest_report *report, char *text, size_t size,
                                      size_t *needed);

/* Free and set *report to NULL. Since 0.1. */
ZEST_API zest_status zest_report_free(zest_report **report);

/* Send connections with all that is known of them to another process, over a connected Unix socket
 * (SCM_RIGHTS). The fds are borrowed: close yours when *sent counts them. At most 128 go in one
 * message, as many messages as needed. timeout_ms is for the whole; -1 waits without limit.
 * A message that has begun gets a second at least to be sent whole.
 * ZEST_OK: all were sent. ZEST_TIMED_OUT, ZEST_CLOSED (the peer has gone), ZEST_SYSTEM: *sent says
 * how many were. One sender at a time per socket. Since 0.1. */
ZEST_API zest_status zest_send_fds(int32_t unix_socket, const zest_connection *connections,
                                   size_t count, size_t *sent, int32_t timeout_ms,
                                   zest_error *error);

/* Receive what one message of zest_send_fds holds, up to 128: capacity must be at least that.
 * The fds are yours, close-on-exec. ZEST_CLOSED: the peer closed. ZEST_BAD_MESSAGE: it sent
 * something else; fds that came with it are closed; likewise one that has begun and is not whole
 * after timeout_ms and at least a second. out[0].struct_size is the stride. One receiver at a time
 * per socket. Since 0.1. */
ZEST_API zest_status zest_recv_fds(int32_t unix_socket, zest_connection *out, size_t capacity,
                                   size_t *count, int32_t timeout_ms, zest_error *error);

enum { ZEST_FDS_PER_MESSAGE = 128 };

ZEST_C_END

#endif
