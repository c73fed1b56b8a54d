/* zest/http.h: HTTP/1 heads and chunked bodies, in and out, over memory of the caller's.
 *
 * Library  libzest-proxy.so.1; what zest/base.h declares is in libzest.so.1 (zest-proxy.pc has
 *          both).
 * Memory   Nothing is allocated, nothing is copied, nothing is kept: a head is offsets into your
 *          bytes, its fields stand in an array of yours. State between calls is in a struct of
 *          yours, which begins as zeros and needs no end.
 * Threads  Any, without setup; one object (parser, decoder, writer, head) by one thread at a time.
 *          No call blocks, or fails for want of memory.
 * Strict   What RFC 9110 and RFC 9112 let be read in two ways is refused: bare CR or LF, folded
 *          lines, space before a colon, two lengths, a length beside a coding, a name that is no
 *          token. So what has been parsed may be written to somebody else as it is.
 *
 * One head: zest_http_parse_request(&parser, bytes, size, NULL, &request) answers ZEST_NEED_MORE
 * until all of it is there, then ZEST_OK with the body's framing, or ZEST_REFUSED with what to
 * answer. request.head.size bytes are the head; the body, or the next head, follows them. */
#ifndef ZEST_HTTP_H
#define ZEST_HTTP_H

#include <zest/base.h>

ZEST_C_BEGIN

/* A piece of the bytes that a head was parsed from. */
typedef struct zest_slice {
  uint32_t offset;
  uint32_t size;
} zest_slice;

/* One field line; the value is without the white space around it. Will never have other members. */
typedef struct zest_http_field {
  zest_slice name;
  zest_slice value;
  uint8_t name_id;     /* what zest_http_name_id says of the name; 0: none that zest knows */
  uint8_t skip;        /* yours to set: not 0 keeps it from zest_http_write_fields */
  uint8_t reserved[2]; /* not written */
} zest_http_field;

/* The fields of a head or of a trailer section. Set fields and field_capacity (at most 255 of which
 * are used), zero the rest. Offsets count from bytes: where you move those, set bytes again. Will
 * never have other members. */
typedef struct zest_http_head {
  const char *bytes;
  zest_http_field *fields;
  uint32_t field_count;
  uint32_t field_capacity;
  uint32_t size;       /* of the whole head, from bytes to behind the empty line */
  uint8_t minor;       /* HTTP/1.minor: 0 or 1 */
  uint8_t reserved[3]; /* not written */
  uint64_t index[10];  /* zest's own */
} zest_http_head;

/* Why bytes are refused. */
typedef struct zest_http_refusal {
  uint16_t status;    /* what to answer: 400, 414, 417, 431, 501, 505; of a response 502 */
  uint16_t reserved;  /* not written */
  uint32_t offset;    /* where it went wrong, in the bytes of the call that refused */
  const char *reason; /* a few words, never of the peer's; static memory */
} zest_http_refusal;

/* Where a message's body ends. */
typedef struct zest_http_body {
  uint8_t kind; /* ZEST_HTTP_BODY_... */
  uint8_t reserved[7];
  uint64_t length;         /* with ZEST_HTTP_BODY_LENGTH; below 2^63 */
  uint8_t keep_alive;      /* 1: version and Connection allow another message behind this one */
  uint8_t expect_continue; /* 1: the sender waits for "100 Continue" before it sends the body */
  uint8_t reserved2[6];
} zest_http_body;

enum {
  ZEST_HTTP_BODY_NONE = 0,
  ZEST_HTTP_BODY_LENGTH = 1,
  ZEST_HTTP_BODY_CHUNKED = 2,    /* zest_http_decode_chunked finds its end */
  ZEST_HTTP_BODY_UNTIL_CLOSE = 3 /* responses only */
};

enum {
  ZEST_HTTP_GET = 0,
  ZEST_HTTP_HEAD = 1,
  ZEST_HTTP_POST = 2,
  ZEST_HTTP_PUT = 3,
  ZEST_HTTP_DELETE = 4,
  ZEST_HTTP_CONNECT = 5,
  ZEST_HTTP_OPTIONS = 6,
  ZEST_HTTP_TRACE = 7,
  ZEST_HTTP_PATCH = 8,
  ZEST_HTTP_OTHER = 9 /* any other token */
};

/* The forms of a request's target (RFC 9112, 3.2). */
enum {
  ZEST_HTTP_ORIGIN_FORM = 0,    /* /path?query */
  ZEST_HTTP_ABSOLUTE_FORM = 1,  /* http://host/path */
  ZEST_HTTP_AUTHORITY_FORM = 2, /* host:port, of CONNECT */
  ZEST_HTTP_ASTERISK_FORM = 3   /* "*", of OPTIONS */
};

/* A request's head. Set struct_size, head.fields and head.field_capacity. */
typedef struct zest_http_request {
  uint32_t struct_size;
  uint32_t reserved;
  zest_http_head head;
  zest_slice method;
  zest_slice target;    /* as it came */
  zest_slice authority; /* of absolute and authority form */
  zest_slice path;      /* path and query; empty: pass on "/", of OPTIONS "*"; CONNECT has none */
  zest_slice host;      /* in force, pass it on: the target's authority, else the field's */
  uint8_t method_id;    /* ZEST_HTTP_GET ... */
  uint8_t form;         /* ZEST_HTTP_ORIGIN_FORM ... */
  uint8_t reserved2[6];
  zest_http_body body;
  zest_http_refusal refusal; /* with ZEST_REFUSED */
} zest_http_request;

#define ZEST_HTTP_REQUEST_INIT {.struct_size = sizeof(zest_http_request)}

/* A response's head. Set struct_size, head.fields and head.field_capacity. */
typedef struct zest_http_response {
  uint32_t struct_size;
  uint32_t reserved;
  zest_http_head head;
  uint16_t status; /* 100 to 599 */
  uint16_t reserved2;
  zest_slice reason;
  uint32_t reserved3;
  zest_http_body body;
  zest_http_refusal refusal; /* with ZEST_REFUSED */
} zest_http_response;

#define ZEST_HTTP_RESPONSE_INIT {.struct_size = sizeof(zest_http_response)}

/* A trailer section. Set struct_size, head.fields and head.field_capacity. */
typedef struct zest_http_trailers {
  uint32_t struct_size;
  uint32_t reserved;
  zest_http_head head;
  zest_http_refusal refusal; /* with ZEST_REFUSED */
} zest_http_trailers;

#define ZEST_HTTP_TRAILERS_INIT {.struct_size = sizeof(zest_http_trailers)}

/* How far a head has been looked at. Zeros are a fresh one; after ZEST_OK and ZEST_REFUSED it is
 * fresh again. Its content is zest's; it may be moved. */
typedef struct zest_http_parser {
  uint64_t words[16];
} zest_http_parser;

/* What a peer may send; 0 is the default. Out of its bounds: ZEST_INVALID_ARGUMENT. */
typedef struct zest_http_limits {
  uint32_t struct_size;
  uint32_t head_bytes;         /* of a whole head; default 32768, at least 64, at most 2^30 */
  uint32_t request_line;       /* or status line; default 8192 */
  uint32_t fields;             /* default 100; never more than there is room for, or 255 */
  uint32_t chunk_line_bytes;   /* a chunk's size and its extensions; default 256 */
  uint32_t chunk_excess_bytes; /* by which chunk lines may exceed 16 bytes and twice their data,
                                  over a whole body; default 16384 */
  uint32_t trailer_bytes;      /* a whole trailer section; default 8192 */
  uint32_t trailer_fields;     /* default 32 */
} zest_http_limits;

#define ZEST_HTTP_LIMITS_INIT {.struct_size = sizeof(zest_http_limits)}

/* Parse a request's head. bytes is all that has come since the head began: when more has come,
 * call again with all of it, from its first byte, at any address. Up to four empty lines before
 * the head are skipped.
 *   ZEST_OK         *request is the head, with its framing and a checked Host
 *   ZEST_NEED_MORE  it may become one; *request has no fields yet
 *   ZEST_REFUSED    request->refusal says what to answer, and why; then close: nothing behind it
 *                   can be trusted
 * limits NULL: the defaults. ZEST_INVALID_ARGUMENT: size is smaller than it was when the same
 * parser answered ZEST_NEED_MORE, or that was in another call than this one.
 * Borrows all; *request goes on pointing at bytes. Any thread. Since 0.1. */
ZEST_API zest_status zest_http_parse_request(zest_http_parser *parser, const char *bytes,
                                             size_t size, const zest_http_limits *limits,
                                             zest_http_request *request);

/* Parse a response's head, likewise. request_method is that of the request it answers
 * (ZEST_HTTP_GET ...): whether there is a body depends on it. 1xx are heads of their own: parse the
 * next behind them. Any thread. Since 0.1. */
ZEST_API zest_status zest_http_parse_response(zest_http_parser *parser, const char *bytes,
                                              size_t size, const zest_http_limits *limits,
                                              uint32_t request_method,
                                              zest_http_response *response);

/* Parse the trailer section of a chunked body, likewise, from where zest_http_decode_chunked
 * stopped with ZEST_HTTP_CHUNK_TRAILERS. Fields that may not stand in one (RFC 9110, 6.5.1) are
 * refused. Any thread. Since 0.1. */
ZEST_API zest_status zest_http_parse_trailers(zest_http_parser *parser, const char *bytes,
                                              size_t size, const zest_http_limits *limits,
                                              zest_http_trailers *trailers);

/* The first field of that name, in any case of letters, behind `behind` (NULL: of all); NULL if
 * there is none, or head or name is NULL. At once for a name that zest knows, else by looking at
 * each. Any thread. Since 0.1. */
ZEST_API const zest_http_field *zest_http_find(const zest_http_head *head, const char *name,
                                               size_t name_size, const zest_http_field *behind);

/* The number that fields of this name have in name_id, for hosts that look at each field of many
 * heads; 0 if zest does not know the name. It holds while the library is loaded: ask at start,
 * never store it. Any thread. Since 0.1. */
ZEST_API uint32_t zest_http_name_id(const char *name, size_t name_size);

/* Set skip in the fields that end at this hop and must not be passed on: Connection and what it
 * nominates, Keep-Alive, Proxy-Connection, TE, Transfer-Encoding, Upgrade, HTTP2-Settings,
 * Proxy-Authorization, Proxy-Authenticate; and Proxy (CVE-2016-5385). Fields that zest knows by
 * name cannot be nominated: a sender may not have them taken away (CVE-2022-31813). With
 * Transfer-Encoding goes the framing of a chunked body: write it anew, as Transfer-Encoding and
 * zest_http_write_chunk_line, or as Content-Length, else the body is read as the next message. Of a
 * head that was parsed. Any thread. Since 0.1. */
ZEST_API zest_status zest_http_mark_hop_by_hop(zest_http_head *head);

/* How far a chunked body has been decoded. Zeros are a fresh one, for one body. */
typedef struct zest_http_decoder {
  uint64_t words[16];
} zest_http_decoder;

enum {
  ZEST_HTTP_CHUNK_DATA = 0,     /* data is of the body; go on behind consumed */
  ZEST_HTTP_CHUNK_TRAILERS = 1, /* fields follow consumed: zest_http_parse_trailers */
  ZEST_HTTP_CHUNK_END = 2       /* the message ends with consumed */
};

/* For flags of zest_http_decode_chunked. */
enum {
  ZEST_HTTP_KEEP_TRAILERS = 1 << 0, /* stop in front of trailers; else they are checked, dropped */
  ZEST_HTTP_DECODE_FLAGS_ALL = 1
};

/* What one call has found. Set struct_size. */
typedef struct zest_http_chunk {
  uint32_t struct_size;
  uint32_t state;   /* ZEST_HTTP_CHUNK_..., with ZEST_OK */
  size_t consumed;  /* bytes of this call that need not be given again */
  const char *data; /* within bytes: the last of those consumed; else NULL */
  size_t data_size;
  uint64_t left;             /* data of this chunk that is still to come */
  zest_http_refusal refusal; /* with ZEST_REFUSED */
} zest_http_chunk;

#define ZEST_HTTP_CHUNK_INIT {.struct_size = sizeof(zest_http_chunk)}

/* Decode what has come of a chunked body: call again with what follows chunk->consumed until
 * ZEST_NEED_MORE or an end.
 *   ZEST_OK         chunk->state says what was found; after _TRAILERS and _END, the same again
 *   ZEST_NEED_MORE  everything is consumed, and the body goes on
 *   ZEST_REFUSED    for good: chunk->refusal (400; for an origin's body answer 502)
 * limits and flags count in the first call. Any thread. Since 0.1. */
ZEST_API zest_status zest_http_decode_chunked(zest_http_decoder *decoder, const char *bytes,
                                              size_t size, const zest_http_limits *limits,
                                              uint32_t flags, zest_http_chunk *chunk);

/* Where a head is written. Set bytes and capacity, zero the rest. Each call below writes all of its
 * piece at bytes + size, or nothing. The first failure stays in status and is what each later call
 * answers, so that it is enough to look at the last. Will never have other members. */
typedef struct zest_http_writer {
  char *bytes;
  size_t capacity;
  size_t size;
  zest_status status;
  uint32_t reserved;
} zest_http_writer;

/* "GET /path HTTP/1.1" and "HTTP/1.1 200 OK". minor is 0 or 1. reason NULL: the usual one, or none.
 *   ZEST_NEED_MORE         no room. With more (set bytes and capacity), set status to ZEST_OK and
 *                          make this call again
 *   ZEST_INVALID_ARGUMENT  what may not stand there: a method that is no token, spaces or
 *                          non-ASCII in a target, controls in a reason, a status not of 100 to 599
 * Any thread. Since 0.1. */
ZEST_API zest_status zest_http_write_request_line(zest_http_writer *writer, const char *method,
                                                  size_t method_size, const char *target,
                                                  size_t target_size, uint32_t minor);
ZEST_API zest_status zest_http_write_status_line(zest_http_writer *writer, uint32_t status,
                                                 const char *reason, size_t reason_size,
                                                 uint32_t minor);

/* "Name: value". ZEST_INVALID_ARGUMENT: a name that is no token, a value with controls other than
 * HTAB; else as above. Any thread. Since 0.1. */
ZEST_API zest_status zest_http_write_field(zest_http_writer *writer, const char *name,
                                           size_t name_size, const char *value, size_t value_size);
ZEST_API zest_status zest_http_write_number(zest_http_writer *writer, const char *name,
                                            size_t name_size, uint64_t value);

/* All fields of a parsed head that have no skip set, as they came: Host and Content-Length, too,
 * unless you skip them, and nothing that frames a chunked body (docs/C_HOST.md has a head that is
 * passed on). ZEST_INVALID_ARGUMENT: its fields are not in the order and place of its bytes any
 * more. Any thread. Since 0.1. */
ZEST_API zest_status zest_http_write_fields(zest_http_writer *writer, const zest_http_head *head);

/* The empty line that ends a head, or a trailer section. Any thread. Since 0.1. */
ZEST_API zest_status zest_http_write_end(zest_http_writer *writer);

/* The line before a chunk's data: its size in hexadecimal digits. Behind the data comes
 * zest_http_write_end; behind the line of size 0 trailers, or zest_http_write_end at once. Any
 * thread. Since 0.1. */
ZEST_API zest_status zest_http_write_chunk_line(zest_http_writer *writer, uint64_t size);

ZEST_C_END

#endif
