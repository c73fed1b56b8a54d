/* zest/http.h, chunked bodies and trailers: whole, in pieces, and hostile. */
#include "check.h"
#include "http_support.h"

/* Decodes text in pieces of `step` bytes. The data goes to out; what is left, to *rest. */
static zest_status decode(const char* text, size_t step, uint32_t flags, char* out, size_t* rest,
                          zest_http_chunk* chunk) {
  zest_http_decoder decoder = {{0}};
  const size_t size = strlen(text);
  size_t at = 0, end = 0, written = 0;
  zest_status status = ZEST_NEED_MORE;
  while (status == ZEST_NEED_MORE || status == ZEST_OK) {
    if (status == ZEST_NEED_MORE && end == size) break;
    if (status == ZEST_NEED_MORE) end = end + step < size ? end + step : size;
    status = zest_http_decode_chunked(&decoder, text + at, end - at, NULL, flags, chunk);
    at += chunk->consumed;
    if (status == ZEST_OK && chunk->state != ZEST_HTTP_CHUNK_DATA) break;
    if (status == ZEST_OK) memcpy(out + written, chunk->data, chunk->data_size);
    if (status == ZEST_OK) written += chunk->data_size;
  }
  out[written] = 0;
  *rest = at;
  return status;
}

static const char body[] =
    "5;a=b\r\nhello\r\n10\r\n, chunked world!\r\n0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\nGET";
enum { body_size = sizeof body - 4 };

static void a_body_is_decoded_whatever_its_pieces(void) {
  char out[sizeof body];
  size_t rest = 0;
  for (size_t step = 1; step <= sizeof body; ++step) {
    zest_http_chunk chunk = ZEST_HTTP_CHUNK_INIT;
    CHECK_STATUS(ZEST_OK, decode(body, step, 0, out, &rest, &chunk));
    CHECK(chunk.state == ZEST_HTTP_CHUNK_END && rest == body_size && chunk.data == NULL);
    CHECK(strcmp(out, "hello, chunked world!") == 0);
  }
}

static void trailers_are_kept_where_asked(void) {
  char out[sizeof body];
  size_t rest = 0;
  zest_http_chunk chunk = ZEST_HTTP_CHUNK_INIT;
  CHECK_STATUS(ZEST_OK, decode(body, sizeof body, ZEST_HTTP_KEEP_TRAILERS, out, &rest, &chunk));
  CHECK(chunk.state == ZEST_HTTP_CHUNK_TRAILERS && strncmp(body + rest, "X-Sum", 5) == 0);
  zest_http_field fields[4];
  zest_http_trailers trailers = ZEST_HTTP_TRAILERS_INIT;
  trailers.head.fields = fields;
  trailers.head.field_capacity = 4;
  zest_http_parser parser = {{0}};
  for (size_t size = 0; size < body_size - rest; ++size)
    CHECK_STATUS(ZEST_NEED_MORE,
                 zest_http_parse_trailers(&parser, body + rest, size, NULL, &trailers));
  CHECK_STATUS(ZEST_OK,
               zest_http_parse_trailers(&parser, body + rest, body_size - rest, NULL, &trailers));
  CHECK(trailers.head.field_count == 2 && trailers.head.size == body_size - rest);
  CHECK(has_field(&trailers.head, "x-more", "2"));
  const char* forbidden = "Host: x\r\n\r\n";
  CHECK_STATUS(ZEST_REFUSED,
               zest_http_parse_trailers(&parser, forbidden, strlen(forbidden), NULL, &trailers));
  CHECK(trailers.refusal.status == 400 && trailers.refusal.reason);
}

static void an_end_stays_the_end(void) {
  zest_http_decoder decoder = {{0}};
  zest_http_chunk chunk = ZEST_HTTP_CHUNK_INIT;
  const char* text = "0\r\n\r\nmore";
  CHECK_STATUS(ZEST_OK, zest_http_decode_chunked(&decoder, text, 9, NULL, 0, &chunk));
  CHECK(chunk.state == ZEST_HTTP_CHUNK_END && chunk.consumed == 5);
  CHECK_STATUS(ZEST_OK, zest_http_decode_chunked(&decoder, text, 9, NULL, 0, &chunk));
  CHECK(chunk.state == ZEST_HTTP_CHUNK_END && chunk.consumed == 0);
}

static void refused(const char* text, const zest_http_limits* limits) {
  zest_http_decoder decoder = {{0}};
  zest_http_chunk chunk = ZEST_HTTP_CHUNK_INIT;
  for (int again = 0; again < 2; ++again) {
    CHECK_STATUS(ZEST_REFUSED,
                 zest_http_decode_chunked(&decoder, text, strlen(text), limits, 0, &chunk));
    CHECK(chunk.refusal.status == 400 && chunk.refusal.reason && chunk.data == NULL);
  }
}

static void malformed_chunks_are_refused_for_good(void) {
  zest_http_limits limits = ZEST_HTTP_LIMITS_INIT;
  refused("x\r\n", NULL);
  refused("-1\r\n", NULL);
  refused("5\nhello\r\n", NULL);
  refused("8000000000000000\r\n", NULL);
  refused("00000000000000005\r\n", NULL);
  limits.chunk_line_bytes = 8;
  refused("5;name=value\r\n", &limits);
  limits.chunk_line_bytes = 0;
  limits.trailer_fields = 1;
  refused("0\r\nA: b\r\nC: d\r\n\r\n", &limits);
}

static void what_is_left_of_a_chunk_is_told(void) {
  zest_http_decoder decoder = {{0}};
  zest_http_chunk chunk = ZEST_HTTP_CHUNK_INIT;
  CHECK_STATUS(ZEST_OK, zest_http_decode_chunked(&decoder, "ff\r\nabc", 7, NULL, 0, &chunk));
  CHECK(chunk.left == 0xff - 3 && chunk.data_size == 3 && chunk.consumed == 7);
  CHECK_STATUS(ZEST_NEED_MORE, zest_http_decode_chunked(&decoder, NULL, 0, NULL, 0, &chunk));
  CHECK(chunk.left == 0xff - 3 && chunk.data == NULL && chunk.consumed == 0);
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  RUN(a_body_is_decoded_whatever_its_pieces);
  RUN(trailers_are_kept_where_asked);
  RUN(an_end_stays_the_end);
  RUN(malformed_chunks_are_refused_for_good);
  RUN(what_is_left_of_a_chunk_is_told);
  return check_end();
}
