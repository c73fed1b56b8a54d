/* zest/base.h: what every zest header shares: export, status, error, version, address.
 *
 * Status     A fallible function returns a zest_status. No out parameter is written unless the
 *            function says so for that status. zest_status_string turns a status into words.
 * Errors     A zest_error is filled where the caller passes one (NULL is fine): the status, the
 *            errno behind it if there is one, and a sentence that names place, cause and cure.
 * Ownership  "take" in a function's description: what you pass is zest's from then on, also if the
 *            call fails. "borrow": it stays yours and need only live for the call.
 * Structs    A struct you pass starts with struct_size; its ZEST_..._INIT sets it. Zero is the
 *            default of every other field. Fields are only ever added at the end. A library too
 *            old for a field that you set answers ZEST_UNSUPPORTED. */
#ifndef ZEST_BASE_H
#define ZEST_BASE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define ZEST_C_BEGIN extern "C" {
#define ZEST_C_END }
#else
#define ZEST_C_BEGIN
#define ZEST_C_END
#endif

#define ZEST_API __attribute__((visibility("default")))

#define ZEST_VERSION_MAJOR 0
#define ZEST_VERSION_MINOR 1
#define ZEST_VERSION_PATCH 0
/* The version as one number that grows with each release: 0x00MMmmpp. */
#define ZEST_VERSION_NUMBER \
  ((ZEST_VERSION_MAJOR << 16) | (ZEST_VERSION_MINOR << 8) | ZEST_VERSION_PATCH)

ZEST_C_BEGIN

/* What a call answers. Below 100: no failure. 1xx: the caller's arguments. 2xx: the system.
 * 4xx: TLS. 5xx: zest itself. */
typedef int32_t zest_status;

enum {
  ZEST_OK = 0,
  ZEST_TIMED_OUT = 1,       /* nothing came within the time given */
  ZEST_CLOSED = 2,          /* shut down and drained: nothing will come any more */
  ZEST_LISTENER_FAILED = 3, /* an event: one listener's thread ended; the others go on */
  ZEST_NEED_MORE = 4,       /* so far so good: more bytes, or more room, and call again */
  ZEST_WANT_READ = 5,       /* wait until the fd is readable, and call again */
  ZEST_WANT_WRITE = 6,      /* wait until the fd is writable, and call again */

  ZEST_NULL_ARGUMENT = 100,      /* a pointer that must not be NULL was */
  ZEST_INVALID_ARGUMENT = 101,   /* a value out of its range */
  ZEST_UNSUPPORTED = 102,        /* a struct_size or field that this library does not know */
  ZEST_BAD_ADDRESS = 103,        /* an address that does not parse */
  ZEST_DUPLICATE_LISTENER = 104, /* two listeners with one listener_id */
  ZEST_WRONG_THREAD = 105, /* a shard is used by the thread that used it first, and no other */
  ZEST_WRONG_MODE = 106,   /* the call does not fit how the service was started */
  ZEST_FORKED = 107,       /* the handle was made before a fork, by the parent */

  ZEST_ADDRESS_IN_USE = 200,
  ZEST_ADDRESS_NOT_AVAILABLE = 201, /* no interface of this machine has it */
  ZEST_PERMISSION_DENIED = 202,
  ZEST_OUT_OF_FDS = 203,
  ZEST_OUT_OF_MEMORY = 204,
  ZEST_SYSTEM = 205,        /* any other errno; see zest_error.os_errno */
  ZEST_BAD_MESSAGE = 206,   /* another process sent what zest_send_fds would not */
  ZEST_REFUSED = 207,       /* a peer's bytes are no message of its protocol, or beyond a limit */
  ZEST_LIMIT_REACHED = 208, /* as many are there as may be; when some have gone, try again */

  ZEST_TLS_FAILED = 400,    /* one side refused the other: a certificate, a version, a record */
  ZEST_TLS_TRUNCATED = 401, /* the connection ended without TLS's own end: bytes may be missing */
  ZEST_TLS_NOT_TLS = 402,   /* the peer's first bytes were none of TLS */

  ZEST_INTERNAL = 500 /* a defect in zest; please report it */
};

/* What happened and where. Filled by the calls that take one, for any status but ZEST_OK,
 * ZEST_WANT_READ and ZEST_WANT_WRITE. */
typedef struct zest_error {
  zest_status code;
  int32_t os_errno;  /* 0 if no system call was behind it */
  char message[256]; /* UTF-8, zero-terminated */
} zest_error;

enum { ZEST_FAMILY_NONE = 0, ZEST_FAMILY_IPV4 = 4, ZEST_FAMILY_IPV6 = 6, ZEST_FAMILY_UNIX = 1 };

/* An address of either end of a connection. ZEST_FAMILY_NONE: not known, for instance because the
 * peer had gone before the connection was handed out. */
typedef struct zest_address {
  uint16_t family;
  uint16_t port;      /* host byte order; 0 for Unix */
  uint32_t scope_id;  /* IPv6 link-local: the interface's index */
  uint8_t ip[16];     /* network byte order; IPv4 uses the first four */
  uint32_t path_size; /* Unix: bytes of path that count; 0: unnamed */
  char path[108];     /* Unix; an abstract name starts with a zero byte. Not zero-terminated */
} zest_address;

/* The running library's version as ZEST_VERSION_NUMBER. Any thread; never fails. Since 0.1. */
ZEST_API uint32_t zest_version(void);

/* The name of a status, such as "ZEST_ADDRESS_IN_USE"; "unknown status" for a number that has
 * none. Static memory. Any thread. Since 0.1. */
ZEST_API const char *zest_status_string(zest_status status);

/* Write address as text: "127.0.0.1:80", "[::1]:80", "unix:/run/x.sock", "unix:@name".
 * Always zero-terminates; ZEST_INVALID_ARGUMENT if size is too small (128 always suffices).
 * Borrows both. Any thread. Since 0.1. */
ZEST_API zest_status zest_address_format(const zest_address *address, char *text, size_t size);

ZEST_C_END

#endif
