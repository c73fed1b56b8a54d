/* Every call of zest/http.h with NULL, with structs of every size, and with state that is not its
 * own: a status, and nothing written. */
#include "check.h"
#include "http_support.h"

static const char text[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
enum { text_size = sizeof text - 1 };

static void null_is_a_status(void) {
  struct request request;
  struct response response;
  zest_http_parser parser = {{0}};
  zest_http_decoder decoder = {{0}};
  zest_http_trailers trailers = ZEST_HTTP_TRAILERS_INIT;
  zest_http_chunk chunk = ZEST_HTTP_CHUNK_INIT;
  fresh_request(&request);
  fresh_response(&response);
  const zest_status null = ZEST_NULL_ARGUMENT;
  CHECK_STATUS(null, zest_http_parse_request(NULL, text, 1, NULL, &request.out));
  CHECK_STATUS(null, zest_http_parse_request(&parser, NULL, 1, NULL, &request.out));
  CHECK_STATUS(null, zest_http_parse_request(&parser, text, 1, NULL, NULL));
  CHECK_STATUS(null, zest_http_parse_response(NULL, text, 1, NULL, 0, &response.out));
  CHECK_STATUS(null, zest_http_parse_response(&parser, NULL, 1, NULL, 0, &response.out));
  CHECK_STATUS(null, zest_http_parse_response(&parser, text, 1, NULL, 0, NULL));
  CHECK_STATUS(null, zest_http_parse_trailers(NULL, text, 1, NULL, &trailers));
  CHECK_STATUS(null, zest_http_parse_trailers(&parser, NULL, 1, NULL, &trailers));
  CHECK_STATUS(null, zest_http_parse_trailers(&parser, text, 1, NULL, NULL));
  trailers.head.field_capacity = 1; /* without fields */
  CHECK_STATUS(null, zest_http_parse_trailers(&parser, text, 1, NULL, &trailers));
  CHECK_STATUS(null, zest_http_decode_chunked(NULL, text, 1, NULL, 0, &chunk));
  CHECK_STATUS(null, zest_http_decode_chunked(&decoder, NULL, 1, NULL, 0, &chunk));
  CHECK_STATUS(null, zest_http_decode_chunked(&decoder, text, 1, NULL, 0, NULL));
  CHECK_STATUS(null, zest_http_mark_hop_by_hop(NULL));
  CHECK(zest_http_find(NULL, "a", 1, NULL) == NULL);
  CHECK(zest_http_find(&request.out.head, NULL, 1, NULL) == NULL);
}

static void a_writer_takes_no_null(void) {
  char bytes[64];
  const zest_status null = ZEST_NULL_ARGUMENT;
  const zest_http_writer fresh = {.bytes = bytes, .capacity = sizeof bytes};
  zest_http_writer writer = fresh;
  CHECK_STATUS(null, zest_http_write_request_line(NULL, "A", 1, "/", 1, 1));
  CHECK_STATUS(null, zest_http_write_status_line(NULL, 200, NULL, 0, 1));
  CHECK_STATUS(null, zest_http_write_field(NULL, "A", 1, "b", 1));
  CHECK_STATUS(null, zest_http_write_number(NULL, "A", 1, 1));
  CHECK_STATUS(null, zest_http_write_fields(NULL, NULL));
  CHECK_STATUS(null, zest_http_write_end(NULL));
  CHECK_STATUS(null, zest_http_write_chunk_line(NULL, 1));
  CHECK_STATUS(null, zest_http_write_request_line(&writer, NULL, 1, "/", 1, 1));
  CHECK(writer.status == null);
  writer = fresh;
  CHECK_STATUS(null, zest_http_write_request_line(&writer, "A", 1, NULL, 1, 1));
  writer = fresh;
  CHECK_STATUS(null, zest_http_write_field(&writer, NULL, 1, "b", 1));
  writer = fresh;
  CHECK_STATUS(null, zest_http_write_field(&writer, "A", 1, NULL, 1));
  writer = fresh;
  CHECK_STATUS(null, zest_http_write_number(&writer, NULL, 1, 1));
  writer = fresh;
  CHECK_STATUS(null, zest_http_write_fields(&writer, NULL));
  writer = fresh;
  writer.bytes = NULL;
  CHECK_STATUS(null, zest_http_write_end(&writer));
  writer = fresh;
  writer.size = sizeof bytes + 1;
  CHECK_STATUS(ZEST_INVALID_ARGUMENT, zest_http_write_end(&writer));
}

/* A struct in the middle of spoilt bytes, larger than any version of it. */
union large {
  uint32_t struct_size;
  zest_http_request request;
  zest_http_response response;
  zest_http_trailers trailers;
  zest_http_chunk chunk;
  zest_http_limits limits;
  unsigned char bytes[8192];
};

static zest_status with_size(int which, union large* large) {
  zest_http_parser parser = {{0}};
  zest_http_decoder decoder = {{0}};
  static zest_http_field fields[4];
  large->request.head.fields = fields; /* in the same place of all heads */
  if (which < 3) large->request.head.field_capacity = 4;
  switch (which) {
    case 0: return zest_http_parse_request(&parser, text, text_size, NULL, &large->request);
    case 1: return zest_http_parse_response(&parser, "", 0, NULL, 0, &large->response);
    case 2: return zest_http_parse_trailers(&parser, "\r\n", 2, NULL, &large->trailers);
    default: return zest_http_decode_chunked(&decoder, "0", 1, NULL, 0, &large->chunk);
  }
}

static void struct_sizes(void) {
  static const size_t known[] = {sizeof(zest_http_request), sizeof(zest_http_response),
                                 sizeof(zest_http_trailers), sizeof(zest_http_chunk)};
  static union large large;
  for (int which = 0; which < 4; ++which) {
    for (size_t size = 0; size <= 5000; size += size < 400 ? 1 : 61) {
      memset(&large, 0x5a, sizeof large);
      large.struct_size = (uint32_t)size;
      const zest_status got = with_size(which, &large);
      const int good = size >= known[which] && size <= 4096 && size % 8 == 0;
      CHECK((got == ZEST_UNSUPPORTED) == !good);
      if (!good) continue;
      CHECK(large.struct_size == size && large.bytes[size] == 0x5a);
      if (size > known[which]) CHECK(large.bytes[size - 1] == 0);
    }
  }
}

static void limits_of_every_size(void) {
  static union large large;
  for (size_t size = 0; size <= 5000; size += size < 100 ? 1 : 61) {
    struct request request;
    zest_http_parser parser = {{0}};
    fresh_request(&request);
    memset(&large, 0, sizeof large);
    large.struct_size = (uint32_t)size;
    const int good = size >= sizeof large.limits && size <= 4096 && size % 4 == 0;
    CHECK_STATUS(good ? ZEST_OK : ZEST_UNSUPPORTED,
                 zest_http_parse_request(&parser, text, text_size, &large.limits, &request.out));
  }
  zest_http_decoder decoder = {{0}};
  zest_http_chunk chunk = ZEST_HTTP_CHUNK_INIT;
  large.struct_size = sizeof large.limits + 8;
  large.bytes[sizeof large.limits + 7] = 1;
  CHECK_STATUS(ZEST_UNSUPPORTED,
               zest_http_decode_chunked(&decoder, "0", 1, &large.limits, 0, &chunk));
  CHECK_STATUS(ZEST_UNSUPPORTED, zest_http_decode_chunked(&decoder, "0", 1, NULL, 2, &chunk));
}

static void a_parser_is_of_one_kind_and_bytes_only_grow(void) {
  struct request request;
  struct response response;
  zest_http_parser parser = {{0}};
  fresh_request(&request);
  fresh_response(&response);
  CHECK_STATUS(ZEST_NEED_MORE, zest_http_parse_request(&parser, text, 20, NULL, &request.out));
  CHECK_STATUS(ZEST_INVALID_ARGUMENT,
               zest_http_parse_request(&parser, text, 19, NULL, &request.out));
  CHECK_STATUS(ZEST_INVALID_ARGUMENT,
               zest_http_parse_response(&parser, text, 20, NULL, 0, &response.out));
  CHECK_STATUS(ZEST_OK, zest_http_parse_request(&parser, text, text_size, NULL, &request.out));
  CHECK_STATUS(ZEST_INVALID_ARGUMENT,
               zest_http_parse_response(&parser, text, 20, NULL, 10, &response.out));
}

/* A host may do it; it may do no harm. */
static void bytes_that_change_do_no_harm(void) {
  uint32_t random = 1;
  for (int round = 0; round < 20000; ++round) {
    char bytes[200];
    struct request request;
    zest_http_parser parser = {{0}};
    fresh_request(&request);
    size_t size = 0;
    for (int call = 0; call < 4; ++call) {
      size += (random >> 8) % 50;
      for (size_t i = 0; i < size; ++i) {
        random = random * 1664525 + 1013904223;
        bytes[i] = "GET / HTTP/1.1\r\nA: b\r\n\r\n\r\n\r\n::\r\n"[(random >> 16) % 33];
      }
      if (random >> 30) memcpy(bytes, text, size < text_size ? size : text_size);
      char* exact = malloc(size ? size : 1);
      memcpy(exact, bytes, size);
      const zest_status got = zest_http_parse_request(&parser, exact, size, NULL, &request.out);
      CHECK(got == ZEST_OK || got == ZEST_NEED_MORE || got == ZEST_REFUSED);
      if (got == ZEST_OK) CHECK(request.out.head.size <= size);
      free(exact);
      if (got != ZEST_NEED_MORE) break;
    }
  }
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  RUN(null_is_a_status);
  RUN(a_writer_takes_no_null);
  RUN(struct_sizes);
  RUN(limits_of_every_size);
  RUN(a_parser_is_of_one_kind_and_bytes_only_grow);
  RUN(bytes_that_change_do_no_harm);
  return check_end();
}
