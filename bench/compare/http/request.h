/* request.h: the origin's reading of a request: its head, then its body as it comes. */
#ifndef BENCH_REQUEST_H
#define BENCH_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum { ANSWER_128, ANSWER_16K, ANSWER_1M, ANSWER_404, ANSWER_400, ANSWERS } answer_kind;

typedef struct request {
  answer_kind answer;
  bool chunked;
  bool checked; /* the path ends in ?check: the body has to be what wire_fill makes */
  bool close;   /* after the answer */
  int64_t length;
} request;

/* Size of the head at the start of these bytes, and what it says; 0: not complete. */
size_t request_read(const char *bytes, size_t size, request *out);

typedef enum {
  BODY_NONE,
  BODY_LENGTH,
  BODY_SIZE,
  BODY_SKIP,
  BODY_DATA,
  BODY_END,
  BODY_TRAILER
} body_step;

/* Where a body stands. */
typedef struct body {
  body_step step;
  bool checked, wrong;
  uint64_t left;    /* of the body or of the chunk */
  uint64_t offset;  /* bytes of content so far */
  uint32_t in_line; /* characters of the trailer line so far */
} body;

body body_of(const request *r);

/* Take what belongs to the body; returns how many bytes that were. Complete at BODY_NONE. */
size_t body_take(body *b, const char *bytes, size_t size);

#endif
