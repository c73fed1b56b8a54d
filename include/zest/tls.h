/* zest/tls.h: TLS 1.2 and 1.3 on your sockets, step by step, in your loop.
 *
 * Library  libzest-proxy.so.1; what zest/base.h declares is in libzest.so.1. OpenSSL is inside the
 *          library and hidden: yours, of whatever version, is not met.
 * Life     zest_tls_context_server or _client, once; for each connection zest_tls_server or
 *          zest_tls_client, zest_tls_handshake until ZEST_OK, zest_tls_read and zest_tls_write,
 *          zest_tls_shutdown, zest_tls_free, and the close of the fd, which is yours throughout.
 * Waiting  No call waits, whether the fd is non-blocking or not. ZEST_WANT_READ and ZEST_WANT_WRITE
 *          say what to wait for before the same call again.
 * Threads  A context: any thread, several at once; zest_tls_context_free is the last call on it:
 *          all others have returned. Its connections keep what they need of it. A connection: one
 *          thread at a time.
 * Kernel   With ZEST_TLS_KERNEL_PREFER the kernel seals and opens records after the handshake,
 *          where it can: the fd is plain from then on (see zest_tls_handshake).
 * Limits   An idle connection holds some 2 KB; 80 KB while something is being received, until a
 *          read has answered ZEST_WANT_READ; 66 KB while something is being sent.
 * Fork     After a fork each call in the child but those that free answers ZEST_FORKED: two
 *          processes that write with one key betray it. */
#ifndef ZEST_TLS_H
#define ZEST_TLS_H

#include <zest/base.h>

ZEST_C_BEGIN

typedef struct zest_tls_context zest_tls_context; /* how connections speak TLS */
typedef struct zest_tls zest_tls;                 /* one connection's TLS */

/* A certificate with its key, both from files or both from memory: PEM, the chain in order, its own
 * certificate first. An array of these has its first element's struct_size as stride. */
typedef struct zest_tls_certificate {
  uint32_t struct_size;
  uint32_t reserved;            /* 0 */
  const char *certificate_file; /* NULL: certificate is set */
  const char *key_file;         /* NULL: key is set */
  const char *certificate;      /* text */
  size_t certificate_size;
  const char *key; /* text */
  size_t key_size;
  const char *ocsp_file; /* of a DER response to staple; NULL: none */
} zest_tls_certificate;

#define ZEST_TLS_CERTIFICATE_INIT {.struct_size = sizeof(zest_tls_certificate)}

enum {
  ZEST_TLS_NO_VERIFY = 1 << 0,     /* client: anybody will do. It is then open to whoever sits
                                      between the two */
  ZEST_TLS_NO_TICKETS = 1 << 1,    /* server: sessions cannot be resumed */
  ZEST_TLS_SERVE_EXPIRED = 1 << 2, /* server: its own expired certificate is a warning, no error */
  ZEST_TLS_FLAGS_ALL = 7
};

enum { ZEST_TLS_VERSION_DEFAULT = 0, ZEST_TLS_1_2 = 0x0303, ZEST_TLS_1_3 = 0x0304 };

/* Whether a server asks clients for a certificate of theirs. */
enum { ZEST_TLS_CLIENTS_ANY = 0, ZEST_TLS_CLIENTS_MAY = 1, ZEST_TLS_CLIENTS_MUST = 2 };

/* Who seals and opens records after the handshake. */
enum {
  ZEST_TLS_KERNEL_OFF = 0,     /* zest */
  ZEST_TLS_KERNEL_PREFER = 1,  /* the kernel, where it can (module tls) */
  ZEST_TLS_KERNEL_REQUIRE = 2, /* the kernel; no context or connection without it */
};

/* Of either side; "server" and "client" mark what the other does not look at. */
typedef struct zest_tls_config {
  uint32_t struct_size;
  uint32_t flags;                           /* ZEST_TLS_NO_VERIFY, ... */
  const zest_tls_certificate *certificates; /* server: chosen by the names in them, and by what
                                               kinds of key a client takes; the first is also for
                                               clients that ask for no name, or for none of these.
                                               Client: at most one, to show when asked */
  size_t certificate_count;
  const char *const *self_signed; /* server: in place of certificates, one in memory for these
                                     names, valid for a month, for development */
  size_t self_signed_count;
  const char *const *alpn; /* protocols, the best first, 1 to 15 bytes each; a server that has none
                              in common with its client refuses */
  size_t alpn_count;
  const char *ca_file; /* PEM: whom to trust. Client: both NULL: whom the system trusts. Server:
                          who may have signed clients' certificates. "" is wrong, as of any file */
  const char *ca;      /* the text itself, in place of a file */
  size_t ca_size;
  const char *ciphers;      /* of TLS 1.2, as OpenSSL writes it; NULL: Mozilla's "intermediate" */
  const char *ciphersuites; /* of TLS 1.3; NULL: the same. Only AEADs can be had */
  const char *ticket_key_file; /* server: one to three keys of 80 bytes, the newest first, for all
                                  who serve these names; NULL: random ones, anew every 12 hours */
  uint32_t version_min;        /* ZEST_TLS_1_2, ...; default TLS 1.2 */
  uint32_t version_max;        /* default TLS 1.3 */
  uint32_t clients;            /* server: ZEST_TLS_CLIENTS_... */
  uint32_t kernel;             /* ZEST_TLS_KERNEL_... */
  uint32_t session_timeout_s;  /* server: sessions can be resumed for so long; 0: 86400, the most */
  uint32_t reserved;           /* 0 */
} zest_tls_config;

#define ZEST_TLS_CONFIG_INIT {.struct_size = sizeof(zest_tls_config)}

/* Make a context of a server or of a client, and read its files. *context is yours to free.
 *   ZEST_INVALID_ARGUMENT  the configuration, or what a file holds; error says what and where
 *   any other              a file cannot be read, memory; error says which
 * Borrows all. Blocks for files, and with ZEST_TLS_KERNEL_PREFER for a trial. Any thread.
 * Since 0.1. */
ZEST_API zest_status zest_tls_context_server(const zest_tls_config *config,
                                             zest_tls_context **context, zest_error *error);
ZEST_API zest_status zest_tls_context_client(const zest_tls_config *config,
                                             zest_tls_context **context, zest_error *error);

/* What the operator should know, line by line: certificates that expire soon, who does the records
 * and why. *needed (may be NULL) is its size with the final zero. text gets what fits,
 * zero-terminated; ZEST_INVALID_ARGUMENT if not all did. Any thread. Since 0.1. */
ZEST_API zest_status zest_tls_context_text(const zest_tls_context *context, char *text, size_t size,
                                           size_t *needed);

/* Free and set *context to NULL: the last call. Its connections go on. Any thread. Since 0.1. */
ZEST_API zest_status zest_tls_context_free(zest_tls_context **context);

/* TLS for a connected stream socket, which is borrowed until zest_tls_free and must not be read or
 * written by others until the handshake is over. *tls is yours to free.
 *   ZEST_WRONG_MODE        a context of the other side
 *   ZEST_INVALID_ARGUMENT  fd is no connected stream socket (one whose connect is under way is, and
 *                          one that its peer has broken since: the handshake waits, and tells); a
 *                          client that verifies has no name to look for
 * server_name: a DNS name or an IP address, which the client asks for and the server's certificate
 * must hold; NULL without verification: none. Any thread. Since 0.1. */
ZEST_API zest_status zest_tls_server(const zest_tls_context *context, int32_t fd, zest_tls **tls,
                                     zest_error *error);
ZEST_API zest_status zest_tls_client(const zest_tls_context *context, int32_t fd,
                                     const char *server_name, zest_tls **tls, zest_error *error);

/* Who does the records. */
enum {
  ZEST_TLS_USER = 0,  /* zest_tls_read and zest_tls_write */
  ZEST_TLS_KERNEL = 1 /* the kernel: read, write, splice or send from files on the fd as you like;
                         zest_tls_read and zest_tls_write work as well. A receive of yours that
                         fails with EIO met a record that is no data: zest_tls_hear */
};

/* Go on with the handshake.
 *   ZEST_OK             it is over, and *mode (may be NULL) is ZEST_TLS_USER or ZEST_TLS_KERNEL.
 *                       No byte of the peer's beyond it has been taken from the fd
 *   ZEST_WANT_READ      call again when the fd is readable
 *   ZEST_WANT_WRITE     call again when it is writable
 *   ZEST_TLS_FAILED     either side has refused the other, as error says: a certificate, a
 *                       version, a protocol. The peer was told where that is due
 *   ZEST_TLS_NOT_TLS    server: these are other bytes. Nothing was sent; unless the first byte
 *                       was 22, all of them are still there to be read from the fd
 *   ZEST_TLS_TRUNCATED  the connection ended in the middle
 *   any other           the connection is broken (os_errno), memory
 * It has no deadline: you have. One thread at a time. Since 0.1. */
ZEST_API zest_status zest_tls_handshake(zest_tls *tls, uint32_t *mode, zest_error *error);

/* Read up to size bytes (not 0). *got is written with ZEST_OK alone, and is then not 0.
 *   ZEST_WANT_READ      nothing is there now
 *   ZEST_CLOSED         the peer has said that it sends no more (close_notify): what was read is
 *                       whole
 *   ZEST_TLS_TRUNCATED  the connection ended without that: bytes may be missing
 *   ZEST_TLS_FAILED     a record that cannot be opened, or the peer has failed, as error says
 *   ZEST_WRONG_MODE     the handshake is not over
 *   any other           the connection is broken (os_errno), memory
 * While bytes that were received wait in the handle (see zest_tls_pending) the fd need not be
 * readable: read until ZEST_WANT_READ. One thread at a time. Since 0.1. */
ZEST_API zest_status zest_tls_read(zest_tls *tls, void *bytes, size_t size, size_t *got,
                                   zest_error *error);

/* Write. *taken is written for both of
 *   ZEST_OK          all were taken and sent to the kernel; if *taken is less, the connection has
 *                    broken behind them, and the next call says how
 *   ZEST_WANT_WRITE  *taken were taken, maybe none; not all of them are sent yet. When the fd is
 *                    writable write what is left, or zest_tls_flush
 * ZEST_CLOSED: zest_tls_shutdown was called. Others as zest_tls_read. One thread at a time.
 * Since 0.1. */
ZEST_API zest_status zest_tls_write(zest_tls *tls, const void *bytes, size_t size, size_t *taken,
                                    zest_error *error);

/* Send what was taken and is not sent: ZEST_OK if nothing is left, ZEST_WANT_WRITE, or as
 * zest_tls_write. One thread at a time. Since 0.1. */
ZEST_API zest_status zest_tls_flush(zest_tls *tls, zest_error *error);

/* How many bytes zest_tls_read would give without looking at the fd. One thread at a time.
 * Since 0.1. */
ZEST_API zest_status zest_tls_pending(const zest_tls *tls, size_t *bytes);

/* Say that you send no more (close_notify), after all that was taken; the peer's side may still be
 * read. ZEST_OK: it is sent; ZEST_WANT_WRITE: call again when the fd is writable. Closing the fd
 * without it looks like a truncation to the peer. Others as zest_tls_write. One thread at a time.
 * Since 0.1. */
ZEST_API zest_status zest_tls_shutdown(zest_tls *tls, zest_error *error);

/* With ZEST_TLS_KERNEL: a receive of yours on the fd has failed with EIO. Takes the record that it
 * met and does what that asks.
 *   ZEST_OK          receive on
 *   ZEST_CLOSED      the peer sends no more
 *   ZEST_TLS_FAILED  error says why; also where the peer renews its keys and the kernel cannot
 *   ZEST_WRONG_MODE  the kernel does not do the records
 * One thread at a time. Since 0.1. */
ZEST_API zest_status zest_tls_hear(zest_tls *tls, zest_error *error);

/* What the handshake has settled. Texts are borrowed from tls until zest_tls_free, are not
 * zero-terminated, and come from the peer: they need not be UTF-8. */
typedef struct zest_tls_facts {
  uint32_t struct_size;
  uint32_t version;         /* ZEST_TLS_1_2 or ZEST_TLS_1_3 */
  uint32_t resumed;         /* 1: an earlier session was resumed */
  uint32_t mode;            /* ZEST_TLS_USER or ZEST_TLS_KERNEL */
  const char *cipher;       /* "TLS_AES_128_GCM_SHA256" */
  const char *alpn;         /* the protocol; size 0: none */
  const char *server_name;  /* as the client asked for it; size 0: none */
  const char *peer_subject; /* of the peer's certificate, as RFC 2253 writes it; size 0: none was
                               shown */
  const char *peer_fingerprint; /* SHA-256 of that certificate in hex */
  uint32_t cipher_size;
  uint32_t alpn_size;
  uint32_t server_name_size;
  uint32_t peer_subject_size;
  uint32_t peer_fingerprint_size;
  uint32_t reserved;
} zest_tls_facts;

#define ZEST_TLS_FACTS_INIT {.struct_size = sizeof(zest_tls_facts)}

/* ZEST_WRONG_MODE: the handshake is not over, or the connection has failed. out->struct_size must
 * be set. One thread at a time. Since 0.1. */
ZEST_API zest_status zest_tls_facts_get(const zest_tls *tls, zest_tls_facts *out);

/* Free and set *tls to NULL; keys are erased, nothing is sent, the fd stays as it is.
 * ZEST_NULL_ARGUMENT if tls is NULL; ZEST_OK if *tls is. Since 0.1. */
ZEST_API zest_status zest_tls_free(zest_tls **tls);

ZEST_C_END

#endif
