/* zest/hook.h: what your program decides in a zest_proxy: requests of routes with a hook, and
 * connections of protocols that you speak yourself.
 *
 * Requests  A [[route]] with hook = "name" (docs/OPERATOR.md) has its requests put before you, once
 *           their heads are whole: look, then answer, let pass to the route's upstream, or send to
 *           another one; what passes may get other fields, and so may its answer. Bodies are not
 *           shown: they go along with what passes; an answer to a request that has one is its
 *           connection's last. The route's hook_timeout_ms is your time; then the client is
 *           answered with 504, or, with hook_optional, it passes.
 *           What the proxy answers itself is not put before you, whatever the routes: OPTIONS *,
 *           TRACE, a body that is too large, and CONNECT, which connect_to alone decides.
 * Queue     No callback is needed: wait for zest_hook_fd, take with zest_hook_next, decide by the
 *           request's number from any thread. At most hook_queue (configuration) lie before you,
 *           taken or not; beyond them clients are answered with 503. Each request that you took
 *           holds its place until you decide, however late; a decision that is refused is none.
 * End       zest_proxy_drain lets what waits for you come to its end: go on taking, in a thread
 *           other than the one that drains, until ZEST_CLOSED. Else it waits for each request's
 *           time, or for its own.
 * Numbers   Each is used once: deciding twice, late or by a wrong number is a status, never harm.
 * Threads   Any, for every call here, also within a zest_hook_asked. All of them have returned
 *           before zest_proxy_free is called, which does not wait for them. */
#ifndef ZEST_HOOK_H
#define ZEST_HOOK_H

#include <zest/base.h>
#include <zest/http.h>
#include <zest/proxy.h>

ZEST_C_BEGIN

enum { ZEST_HOOK_REQUEST = 0, ZEST_HOOK_CONNECTION = 1 };

/* What lies before you. Set struct_size. The texts are not zero-terminated; they and head are valid
 * until you have decided, whatever becomes of the client, and at the latest until zest_proxy_free;
 * do not write to them. */
typedef struct zest_hook_event {
  uint32_t struct_size;
  uint32_t kind;              /* ZEST_HOOK_... */
  uint64_t id;                /* of a request: its number; never 0 */
  uint64_t listener_id;       /* of the [[listener]]; UINT64_MAX: it has none */
  const char *name;           /* of the hook, or of the protocol */
  const char *upstream;       /* where zest_hook_pass leads; size 0: nowhere */
  const char *method;         /* from here on: of a request */
  const char *target;         /* as it came */
  const char *host;           /* in force: the target's authority, else the Host field's value */
  const zest_http_head *head; /* for zest_http_find and its like; NULL of a connection */
  uint32_t name_size;
  uint32_t upstream_size;
  uint32_t method_size;
  uint32_t target_size;
  uint32_t host_size;
  int32_t fd;           /* of a connection: yours to close, with all bytes still to be read;
                           non-blocking and close-on-exec; -1 of a request */
  uint64_t body_length; /* with ZEST_HTTP_BODY_LENGTH */
  int64_t deadline_ns;  /* CLOCK_MONOTONIC: then it is too late */
  uint32_t body_kind;   /* ZEST_HTTP_BODY_... */
  uint32_t encrypted;   /* 1: it came with TLS */
  zest_address client;  /* as the proxy knows it, also from a PROXY header */
} zest_hook_event;

#define ZEST_HOOK_EVENT_INIT {.struct_size = sizeof(zest_hook_event), .fd = -1}

/* What a zest_hook_asked answers. */
enum {
  ZEST_HOOK_LATER = 0, /* you have decided by the number, or will, from any thread */
  ZEST_HOOK_PASS = 1,  /* as zest_hook_pass; without an upstream the client gets 404 */
  ZEST_HOOK_QUEUE = 2  /* zest_hook_next tells of it; so does any other number */
};

/* Called by a worker's thread for each request of a route with a hook, before it is queued. It
 * holds up the worker's other connections until it returns. request is for the call, what it points
 * to until you have decided. It may call anything of this header's but zest_hook_next with a
 * timeout, and nothing else of the same proxy: zest_proxy_reload, _drain, _cut or _free least of
 * all, most of which would wait for this very thread. It must not throw or unwind. proxy may still
 * be on its way out of zest_proxy_start: calls of zest/proxy.h in another thread wait for that. */
typedef uint32_t (*zest_hook_asked)(void *context, const zest_proxy *proxy,
                                    const zest_hook_event *request);

enum { ZEST_CLAIM_NO = 0, ZEST_CLAIM_YES = 1, ZEST_CLAIM_MORE = 2 };

/* Called by worker threads, several at once: does what begins with these bytes (one, at least)
 * speak your protocol? ZEST_CLAIM_MORE: ask again when there are more; above 4096 that is a no. As
 * zest_hook_asked. */
typedef uint32_t (*zest_hook_claims)(void *context, uint64_t listener_id, const char *bytes,
                                     size_t size);

/* A protocol of yours. On listeners in mode http without TLS it is asked before HTTP is, in the
 * order of the array; a connection that it claims comes by zest_hook_next, and no more is the
 * proxy's. Where the host is asked, a client has preface_timeout_ms from its first byte until it is
 * known, and you have as long again to take it. */
typedef struct zest_hook_protocol {
  uint32_t struct_size;
  uint32_t reserved;  /* 0 */
  const char *name;   /* as name of the event; UTF-8, zero-terminated */
  const char *prefix; /* claims NULL: what begins with these is yours */
  size_t prefix_size;
  zest_hook_claims claims;
  void *context;
} zest_hook_protocol;

#define ZEST_HOOK_PROTOCOL_INIT {.struct_size = sizeof(zest_hook_protocol)}

enum {
  ZEST_HOOK_NOTIFY_PIPE = 1 << 0, /* zest_hook_fd is a pipe, for hosts that refuse eventfds; it may
                                   be read (Node waits by reading a dup): after each read take until
                                   ZEST_TIMED_OUT */
  ZEST_HOOK_FLAGS_ALL = 1
};

/* For zest_proxy_config.hooks; NULL there: no callbacks and no protocols, and requests come by the
 * queue, which needs none of this. Borrowed for the call, but asked, claims and their contexts,
 * which are used until zest_proxy_free has returned. The array's first struct_size is its stride.
 */
typedef struct zest_proxy_hooks {
  uint32_t struct_size;
  uint32_t flags;        /* ZEST_HOOK_NOTIFY_PIPE */
  zest_hook_asked asked; /* NULL: by the queue alone */
  void *context;
  const zest_hook_protocol *protocols;
  size_t protocol_count;
} zest_proxy_hooks;

#define ZEST_PROXY_HOOKS_INIT {.struct_size = sizeof(zest_proxy_hooks)}

/* *fd is readable when there may be something to take: then call zest_hook_next with timeout 0
 * until it answers ZEST_TIMED_OUT. It stays readable once the proxy has ended. The proxy's, always
 * the same. Since 0.1. */
ZEST_API zest_status zest_hook_fd(const zest_proxy *proxy, int32_t *fd);

/* The next that lies before you.
 *   ZEST_OK         *event is yours: decide, or take over its fd
 *   ZEST_TIMED_OUT  nothing came; timeout_ms 0 does not wait, -1 does for ever
 *   ZEST_CLOSED     the proxy has drained, or was cut: nothing will come
 * Since 0.1. */
ZEST_API zest_status zest_hook_next(const zest_proxy *proxy, zest_hook_event *event,
                                    int32_t timeout_ms);

/* One field of an answer. Will never have other members. */
typedef struct zest_hook_field {
  const char *name;
  size_t name_size;
  const char *value;
  size_t value_size;
} zest_hook_field;

/* Told, once, by any thread, that the body is not needed any more. Must not throw or unwind. */
typedef void (*zest_hook_release)(void *context);

typedef struct zest_hook_answer {
  uint32_t struct_size;
  uint32_t status; /* 200 to 599 */
  const zest_hook_field *fields;
  size_t field_count;
  const char *body;          /* none with 204, 205, 304; left out where the client asked by HEAD */
  size_t body_size;          /* below 2^31 */
  zest_hook_release release; /* NULL: the body is copied, and at most 64 MiB */
  void *release_context;
} zest_hook_answer;

#define ZEST_HOOK_ANSWER_INIT {.struct_size = sizeof(zest_hook_answer), .status = 200}

/* Answer a request. Content-Length, Connection and, unless you give one, Date are the proxy's to
 * write; fields are checked, and nothing in them can end the head.
 *   ZEST_OK                taken; the body, with a release, is lent until that is called
 *   ZEST_CLOSED            the client has reset, the time is up, or the proxy ends: let go of. A
 *                          client that has merely closed is not noticed before the answer is
 *                          written: that is ZEST_OK
 *   ZEST_INVALID_ARGUMENT  error says which: an answer that may not be: the request waits on, in
 *                          its place of the queue, so give another (502, 404), or it waits for its
 *                          time; or no such request waits for you: you have decided it before
 * Unless ZEST_OK, release is not called. Since 0.1. */
ZEST_API zest_status zest_hook_answer_with(const zest_proxy *proxy, uint64_t id,
                                           const zest_hook_answer *answer, zest_error *error);

/* Let it pass to its route's upstream, or to the named one of the configuration. Statuses as
 * above; ZEST_INVALID_ARGUMENT also where there is no such upstream: it waits on, and is still to
 * be decided. Since 0.1. */
ZEST_API zest_status zest_hook_pass(const zest_proxy *proxy, uint64_t id, zest_error *error);
ZEST_API zest_status zest_hook_route(const zest_proxy *proxy, uint64_t id, const char *upstream,
                                     size_t upstream_size, zest_error *error);

/* What becomes of a field of a head that passes. */
enum {
  ZEST_HOOK_SET = 0,   /* in place of all that came by the name; several of one name stay several */
  ZEST_HOOK_ADD = 1,   /* beside what came */
  ZEST_HOOK_REMOVE = 2 /* all that came by the name; value is not looked at */
};

/* One change. Will never have other members. */
typedef struct zest_hook_change {
  const char *name;
  size_t name_size;
  const char *value;
  size_t value_size;
  uint32_t how;      /* ZEST_HOOK_SET, ... */
  uint32_t reserved; /* 0 */
} zest_hook_change;

/* How a request passes. At most 256 changes of a head, of 64 KiB together. What is set or removed
 * is gone also from trailers, and where it was spelled with '_' or '.' for '-'. */
typedef struct zest_hook_passing {
  uint32_t struct_size;
  uint32_t reserved;    /* 0 */
  const char *upstream; /* as of zest_hook_route; size 0: the route's */
  size_t upstream_size;
  const zest_hook_change *request; /* what the origin is told */
  size_t request_count;
  const zest_hook_change *answer; /* what the client is told, of the origin's answer: not of 1xx
                                     but 101, nor of one of the proxy's own */
  size_t answer_count;
} zest_hook_passing;

#define ZEST_HOOK_PASSING_INIT {.struct_size = sizeof(zest_hook_passing)}

/* Let it pass with changes, which are copied. Host may be set. Not yours are the fields that frame
 * a body or rule a connection, Via, of a request also Expect, Max-Forwards, Forwarded,
 * X-Forwarded-For, -Host and -Proto, and those about clients' certificates.
 * Statuses as of zest_hook_pass; ZEST_INVALID_ARGUMENT also for a change that may not be: it waits
 * on, and is still to be decided: with 502, say. Since 0.1. */
ZEST_API zest_status zest_hook_pass_with(const zest_proxy *proxy, uint64_t id,
                                         const zest_hook_passing *passing, zest_error *error);

ZEST_C_END

#endif
