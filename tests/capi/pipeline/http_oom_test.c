/* zest/http.h makes no call that can fail, and none of memory: the injector finds nothing to fail.
 */
#include "check.h"
#include "fault_shim.h"
#include "http_support.h"

static void call_all(void) {
  struct request request;
  struct response response;
  zest_http_trailers trailers = ZEST_HTTP_TRAILERS_INIT;
  zest_http_chunk chunk = ZEST_HTTP_CHUNK_INIT;
  zest_http_parser parser = {{0}};
  zest_http_decoder decoder = {{0}};
  char bytes[256];
  zest_http_writer writer = {.bytes = bytes, .capacity = sizeof bytes};
  CHECK_STATUS(ZEST_OK, parse_request(&request, "GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n\r\n"));
  CHECK_STATUS(ZEST_REFUSED, parse_request(&request, "GET / HTTP/1.1\r\nHost : a\r\n\r\n"));
  CHECK_STATUS(ZEST_NEED_MORE, parse_request(&request, "GET /"));
  CHECK_STATUS(ZEST_OK, parse_request(&request, "GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n\r\n"));
  CHECK_STATUS(ZEST_OK, parse_response(&response, ZEST_HTTP_GET, "HTTP/1.1 200 ok\r\n\r\n"));
  CHECK_STATUS(ZEST_OK, zest_http_parse_trailers(&parser, "\r\n", 2, NULL, &trailers));
  CHECK_STATUS(ZEST_OK, zest_http_decode_chunked(&decoder, "0\r\n\r\n", 5, NULL, 0, &chunk));
  CHECK(zest_http_find(&request.out.head, "A", 1, NULL) != NULL);
  CHECK(zest_http_name_id("Host", 4) != 0);
  CHECK_STATUS(ZEST_OK, zest_http_mark_hop_by_hop(&request.out.head));
  CHECK_STATUS(ZEST_OK, zest_http_write_request_line(&writer, "GET", 3, "/", 1, 1));
  CHECK_STATUS(ZEST_OK, zest_http_write_status_line(&writer, 200, NULL, 0, 1));
  CHECK_STATUS(ZEST_OK, zest_http_write_field(&writer, "A", 1, "b", 1));
  CHECK_STATUS(ZEST_OK, zest_http_write_number(&writer, "A", 1, 1));
  CHECK_STATUS(ZEST_OK, zest_http_write_fields(&writer, &request.out.head));
  CHECK_STATUS(ZEST_OK, zest_http_write_chunk_line(&writer, 1));
  CHECK_STATUS(ZEST_OK, zest_http_write_end(&writer));
}

static void nothing_can_fail(void) {
  fault_arm(1, 0);
  call_all();
  CHECK(fault_fired() == NULL);
  fault_arm(0, 0);
  CHECK(!fault_leaks());
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  RUN(nothing_can_fail);
  return check_end();
}
