/* answer.h: the client's reading of answers, strict about the little that it expects: status 200
 * and a Content-Length of the size that was asked for. */
#ifndef BENCH_ANSWER_H
#define BENCH_ANSWER_H

#include <stdint.h>
#include <sys/types.h>

/* What may go wrong with a request. */
typedef enum {
  FAULT_STATUS,  /* another than 200 */
  FAULT_LENGTH,  /* no Content-Length, or another than was asked for; more bytes than it */
  FAULT_BYTES,   /* --check: not the origin's */
  FAULT_CLOSED,  /* ended or reset before the answer's end */
  FAULT_CONNECT, /* no connection */
  FAULT_STUCK,   /* no answer seconds after the end of the run */
  FAULTS
} fault;

/* Size of the head at the start of these bytes; 0: not complete; -1 - fault: not what is wanted. */
ssize_t answer_head(const char *bytes, size_t size, int64_t length);

#endif
