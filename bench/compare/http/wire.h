/* wire.h: what origin and load agree on, and how both keep bytes until the rest of them comes. */
#ifndef BENCH_WIRE_H
#define BENCH_WIRE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../common.h"

enum { FDS_MAX = 1 << 16, READ_SIZE = 1 << 16, EVENTS_MAX = 512 };

/* Any body, a request's or an answer's, has at an offset the byte that only the offset decides. The
 * period is a prime, so that a piece that is lost, doubled or moved by a power of two shows. */
enum { WIRE_PERIOD = 251 };

static inline void wire_fill(char *body, size_t size) {
  for (size_t i = 0; i < size; i++) body[i] = (char)('!' + i % WIRE_PERIOD % 94);
}

/* Whether these bytes are those of a body from an offset on. */
static inline bool wire_matches(const char *bytes, size_t size, uint64_t offset) {
  static char body[WIRE_PERIOD + READ_SIZE];
  if (body[0] == 0) wire_fill(body, sizeof body);
  for (size_t at = 0, part; at < size; at += part) {
    part = size - at < READ_SIZE ? size - at : READ_SIZE;
    if (memcmp(bytes + at, body + (offset + at) % WIRE_PERIOD, part) != 0) return false;
  }
  return true;
}

/* The value of a field, or NULL. A line is "Name: value", without its end; names are lower case. */
static inline const char *wire_field(const char *line, const char *end, const char *name) {
  size_t size = strlen(name);
  if ((size_t)(end - line) <= size || line[size] != ':') return NULL;
  for (size_t i = 0; i < size; i++)
    if ((line[i] | 0x20) != name[i]) return NULL;
  for (line += size + 1; line < end && *line == ' ';) line++;
  return line;
}

/* A decimal number up to the end of its line; -1 if it is none. */
static inline int64_t wire_number(const char *at, const char *end) {
  int64_t value = 0;
  if (at == end || end - at > 15) return -1;
  for (; at < end; at++) {
    if (*at < '0' || *at > '9') return -1;
    value = value * 10 + (*at - '0');
  }
  return value;
}

/* Bytes of a message that is not complete. Reads go to one buffer that all connections share:
 * what is left of the last read is put before the next one. */
typedef struct carry {
  char *bytes;
  size_t size;
} carry;

static inline size_t carry_take(carry *c, char *into) {
  size_t size = c->size;
  if (size) memcpy(into, c->bytes, size);
  c->size = 0;
  return size;
}

static inline void carry_keep(carry *c, const char *from, size_t size) {
  if (size == 0) return;
  char *bytes = realloc(c->bytes, size);
  check(bytes != NULL, "realloc");
  memcpy(bytes, from, size);
  *c = (carry){bytes, size};
}

static inline void carry_free(carry *c) {
  free(c->bytes);
  *c = (carry){NULL, 0};
}

#endif
