#include "request.h"

#include <string.h>

#include "wire.h"

enum { HEAD_MAX = 4096 };

/* The head that came last: most are the same, byte for byte. */
static struct {
  size_t size;
  request said;
  char bytes[HEAD_MAX];
} last;

static bool starts(const char *at, const char *end, const char *word) {
  size_t size = strlen(word);
  return (size_t)(end - at) >= size && memcmp(at, word, size) == 0;
}

/* "/proxied" before the path is what a proxy may go by, and nothing to us. */
static answer_kind answer_for(const char *path, size_t size) {
  static const struct {
    const char *path;
    answer_kind answer;
  } known[] = {{"/128", ANSWER_128}, {"/16k", ANSWER_16K}, {"/1m", ANSWER_1M}};
  const char *prefix = "/proxied";
  if (starts(path, path + size, prefix)) {
    path += strlen(prefix);
    size -= strlen(prefix);
  }
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (strlen(known[i].path) == size && memcmp(known[i].path, path, size) == 0)
      return known[i].answer;
  return ANSWER_404;
}

/* METHOD SP /path[?check] SP HTTP/1.x */
static void line_read(const char *at, const char *end, request *out) {
  const char *path = memchr(at, ' ', (size_t)(end - at));
  const char *after = path ? memchr(path + 1, ' ', (size_t)(end - path - 1)) : NULL;
  if (!after || !starts(after, end, " HTTP/1.") || end - after != 9) {
    *out = (request){.answer = ANSWER_400, .close = true};
    return;
  }
  const char *query = memchr(path, '?', (size_t)(after - path));
  out->checked = query && after - query == 6 && starts(query, after, "?check");
  out->answer = answer_for(path + 1, (size_t)((query ? query : after) - path - 1));
  out->close = end[-1] == '0';
}

static void field_read(const char *at, const char *end, request *out) {
  const char *value;
  if ((value = wire_field(at, end, "content-length"))) {
    out->length = wire_number(value, end);
    if (out->length < 0) *out = (request){.answer = ANSWER_400, .close = true};
  } else if ((value = wire_field(at, end, "transfer-encoding"))) {
    out->chunked = starts(value, end, "chunked");
  } else if ((value = wire_field(at, end, "connection"))) {
    if (starts(value, end, "close")) out->close = true;
    if (starts(value, end, "keep-alive")) out->close = false;
  }
}

static void head_parse(const char *at, const char *end, request *out) {
  *out = (request){.answer = ANSWER_404};
  const char *stop = memchr(at, '\r', (size_t)(end - at));
  line_read(at, stop, out);
  while (out->answer != ANSWER_400 && stop + 2 < end) {
    at = stop + 2;
    stop = memchr(at, '\r', (size_t)(end - at));
    field_read(at, stop, out);
  }
}

size_t request_read(const char *bytes, size_t size, request *out) {
  if (last.size && size >= last.size && memcmp(bytes, last.bytes, last.size) == 0) {
    *out = last.said;
    return last.size;
  }
  const char *end = memmem(bytes, size, "\r\n\r\n", 4);
  if (!end) return 0;
  size_t head = (size_t)(end - bytes) + 4;
  head_parse(bytes, end + 2, out);
  if (head <= HEAD_MAX) {
    memcpy(last.bytes, bytes, head);
    last.size = head;
    last.said = *out;
  }
  return head;
}

body body_of(const request *r) {
  body b = {.step = BODY_NONE, .checked = r->checked};
  if (r->chunked) {
    b.step = BODY_SIZE;
  } else if (r->length > 0) {
    b.step = BODY_LENGTH;
    b.left = (uint64_t)r->length;
  }
  return b;
}

/* Content: the body itself, or a chunk's. */
static size_t content_take(body *b, const char *bytes, size_t size) {
  size_t take = size < b->left ? size : (size_t)b->left;
  if (b->checked && !wire_matches(bytes, take, b->offset)) b->wrong = true;
  b->offset += take;
  b->left -= take;
  if (b->left == 0) b->step = b->step == BODY_LENGTH ? BODY_NONE : BODY_END;
  return take;
}

static int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static body_step after_size(body *b) {
  b->in_line = 0;
  return b->left ? BODY_DATA : BODY_TRAILER;
}

/* What stands between the chunks, one byte of it. */
static void frame_take(body *b, char c) {
  switch (b->step) {
    case BODY_SIZE:
      if (c == '\n')
        b->step = after_size(b);
      else if (hex_digit(c) >= 0)
        b->left = b->left << 4 | (uint64_t)hex_digit(c);
      else
        b->step = BODY_SKIP;
      break;
    case BODY_SKIP:
      if (c == '\n') b->step = after_size(b);
      break;
    case BODY_END:
      if (c == '\n') b->step = BODY_SIZE;
      break;
    case BODY_TRAILER:
      if (c == '\n') {
        if (b->in_line == 0) b->step = BODY_NONE;
        b->in_line = 0;
      } else if (c != '\r') {
        b->in_line++;
      }
      break;
    default: break;
  }
}

size_t body_take(body *b, const char *bytes, size_t size) {
  size_t taken = 0;
  while (taken < size && b->step != BODY_NONE) {
    if (b->step == BODY_LENGTH || b->step == BODY_DATA)
      taken += content_take(b, bytes + taken, size - taken);
    else
      frame_take(b, bytes[taken++]);
  }
  return taken;
}
