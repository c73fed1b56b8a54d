/* zest/http.h, heads in: whole and in pieces, framed, refused, and looked at by name. */
#include <stdio.h>

#include "check.h"
#include "http_support.h"

static const char whole[] =
    "POST /a/b?c=d HTTP/1.1\r\n"
    "Host: www.example.com:8080\r\n"
    "Content-Length: 42\r\n"
    "X-Own:   spaces around \t\r\n"
    "Via: one\r\n"
    "via: two\r\n"
    "Expect: 100-continue\r\n\r\n"
    "the body";
enum { whole_size = sizeof whole - 1 - 8 };

static void check_whole(const zest_http_request* request) {
  const zest_http_head* head = &request->head;
  CHECK(head->size == whole_size && head->field_count == 6 && head->minor == 1);
  CHECK(request->method_id == ZEST_HTTP_POST && is_text(head, request->method, "POST"));
  CHECK(request->form == ZEST_HTTP_ORIGIN_FORM && is_text(head, request->target, "/a/b?c=d"));
  CHECK(is_text(head, request->path, "/a/b?c=d") && request->authority.size == 0);
  CHECK(is_text(head, request->host, "www.example.com:8080"));
  CHECK(request->body.kind == ZEST_HTTP_BODY_LENGTH && request->body.length == 42);
  CHECK(request->body.keep_alive == 1 && request->body.expect_continue == 1);
  CHECK(has_field(head, "x-own", "spaces around") && has_field(head, "VIA", "one"));
  CHECK(has_field(head, "Content-Length", "42") && has_field(head, "Cookie", NULL));
  CHECK(has_field(head, "x-none", NULL) && has_field(head, "", NULL));
}

static void a_request_is_parsed_and_framed_at_once(void) {
  struct request request;
  CHECK_STATUS(ZEST_OK, parse_request(&request, whole));
  check_whole(&request.out);
}

/* Each piece stands elsewhere, and ends where readable memory does, as ASan sees it. */
static zest_status parse_piece(zest_http_parser* parser, struct request* request, char** held,
                               size_t size) {
  free(*held);
  *held = malloc(size ? size : 1);
  REQUIRE(*held != NULL);
  memcpy(*held, whole, size);
  return zest_http_parse_request(parser, *held, size, NULL, &request->out);
}

static void in_pieces_of_any_size_it_is_the_same(void) {
  struct request request;
  char* held = NULL;
  for (size_t step = 1; step < whole_size; ++step) {
    zest_http_parser parser = {{0}};
    fresh_request(&request);
    size_t size = 0;
    for (; size < whole_size; size += step) {
      CHECK_STATUS(ZEST_NEED_MORE, parse_piece(&parser, &request, &held, size));
      CHECK(request.out.head.field_count == 0 && has_field(&request.out.head, "Host", NULL));
    }
    if (size > whole_size) size = whole_size;
    CHECK_STATUS(ZEST_OK, parse_piece(&parser, &request, &held, size));
    check_whole(&request.out);
    for (size_t i = 0; i < sizeof parser.words / sizeof parser.words[0]; ++i)
      CHECK(parser.words[i] == 0);
  }
  free(held);
}

static void repeated_fields_come_one_by_one(void) {
  struct request request;
  CHECK_STATUS(ZEST_OK, parse_request(&request, whole));
  const zest_http_head* head = &request.out.head;
  const zest_http_field* first = zest_http_find(head, "Via", 3, NULL);
  REQUIRE(first != NULL);
  const zest_http_field* second = zest_http_find(head, "Via", 3, first);
  REQUIRE(second != NULL);
  CHECK(is_text(head, second->value, "two") && second > first);
  CHECK(zest_http_find(head, "Via", 3, second) == NULL);
  CHECK(zest_http_find(head, "Host", 4, first) == NULL);
  CHECK(zest_http_find(head, "X-Own", 5, NULL) == &request.fields[2]);
  CHECK(zest_http_find(head, "X-Own", 5, &request.fields[2]) == NULL);
  /* What is no field of it has nothing behind it. */
  CHECK(zest_http_find(head, "Via", 3, request.fields + 6) == NULL);
  CHECK(zest_http_find(head, "Via", 3, request.fields + fields_max) == NULL);
  CHECK(zest_http_find(head, "Via", 3, (const zest_http_field*)&request.out) == NULL);
}

static void names_have_numbers(void) {
  struct request request;
  CHECK_STATUS(ZEST_OK, parse_request(&request, whole));
  const uint32_t via = zest_http_name_id("vIA", 3);
  CHECK(via != 0 && via == request.fields[3].name_id && via == request.fields[4].name_id);
  CHECK(zest_http_name_id("X-Own", 5) == 0 && request.fields[2].name_id == 0);
  CHECK(zest_http_name_id("", 0) == 0 && zest_http_name_id(NULL, 3) == 0);
  CHECK(zest_http_name_id("Host", 4) != zest_http_name_id("Via", 3));
}

static void every_form_of_target(void) {
  struct request request;
  CHECK_STATUS(
      ZEST_OK,
      parse_request(&request, "GET http://b.example/x HTTP/1.1\r\nHost: a.example\r\n\r\n"));
  CHECK(request.out.form == ZEST_HTTP_ABSOLUTE_FORM);
  CHECK(is_text(&request.out.head, request.out.host, "b.example"));
  CHECK(is_text(&request.out.head, request.out.path, "/x"));
  CHECK_STATUS(ZEST_OK, parse_request(&request, "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"));
  CHECK(request.out.form == ZEST_HTTP_AUTHORITY_FORM);
  CHECK(request.out.method_id == ZEST_HTTP_CONNECT && request.out.path.size == 0);
  CHECK_STATUS(ZEST_OK, parse_request(&request, "OPTIONS * HTTP/1.1\r\nHost:\r\n\r\n"));
  CHECK(request.out.form == ZEST_HTTP_ASTERISK_FORM);
  CHECK_STATUS(ZEST_OK, parse_request(&request, "BREW /pot HTTP/1.0\r\n\r\n"));
  CHECK(request.out.method_id == ZEST_HTTP_OTHER && request.out.head.minor == 0);
  CHECK(request.out.body.keep_alive == 0 && request.out.body.kind == ZEST_HTTP_BODY_NONE);
}

static void refused_with(uint32_t status, const char* text) {
  struct request request;
  CHECK_STATUS(ZEST_REFUSED, parse_request(&request, text));
  CHECK(request.out.refusal.status == status && request.out.refusal.offset <= strlen(text));
  CHECK(request.out.refusal.reason && request.out.refusal.reason[0]);
  if (request.out.refusal.status != status)
    printf("  %u for %s\n", request.out.refusal.status, text);
}

static void what_can_be_read_in_two_ways_is_refused(void) {
  refused_with(400, "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n");
  refused_with(400,
               "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
               "Transfer-Encoding: chunked\r\n\r\n");
  refused_with(400, "GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n");
  refused_with(400, "GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n");
  refused_with(400, "GET / HTTP/1.1\nHost: a\n\n");
  refused_with(400, "GET / HTTP/1.1\r\n\r\n");
  refused_with(417, "GET / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n");
  refused_with(501, "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n");
  refused_with(505, "GET / HTTP/2.0\r\nHost: a\r\n\r\n");
}

static void limits_hold(void) {
  static const char text[] = "GET /0123456789 HTTP/1.1\r\nHost: a\r\nA: b\r\nC: d\r\n\r\n";
  zest_http_limits limits = ZEST_HTTP_LIMITS_INIT;
  zest_http_parser parser = {{0}};
  struct request request;
  fresh_request(&request);
  limits.request_line = 16;
  CHECK_STATUS(ZEST_REFUSED,
               zest_http_parse_request(&parser, text, sizeof text - 1, &limits, &request.out));
  CHECK(request.out.refusal.status == 414);
  limits.request_line = 0;
  limits.fields = 2;
  CHECK_STATUS(ZEST_REFUSED,
               zest_http_parse_request(&parser, text, sizeof text - 1, &limits, &request.out));
  CHECK(request.out.refusal.status == 431);
  limits.fields = 0;
  request.out.head.field_capacity = 2; /* nothing is written beyond the room */
  memset(request.fields + 2, 0x5a, sizeof request.fields[2]);
  CHECK_STATUS(ZEST_REFUSED,
               zest_http_parse_request(&parser, text, sizeof text - 1, &limits, &request.out));
  CHECK(request.out.refusal.status == 431 && request.fields[2].name.offset == 0x5a5a5a5a);
  request.out.head.field_capacity = 3;
  CHECK_STATUS(ZEST_OK,
               zest_http_parse_request(&parser, text, sizeof text - 1, &limits, &request.out));
  limits.head_bytes = 64;
  char large[256];
  snprintf(large, sizeof large, "GET / HTTP/1.1\r\nHost: a\r\nA: %0100d\r\n\r\n", 0);
  CHECK_STATUS(ZEST_REFUSED,
               zest_http_parse_request(&parser, large, strlen(large), &limits, &request.out));
  CHECK(request.out.refusal.status == 431);
  const uint32_t bad[] = {1, 63, (1u << 30) + 1, UINT32_MAX};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
    limits.head_bytes = bad[i];
    CHECK_STATUS(ZEST_INVALID_ARGUMENT,
                 zest_http_parse_request(&parser, text, sizeof text - 1, &limits, &request.out));
  }
}

static void a_response_is_framed_by_its_request(void) {
  struct response response;
  const char* text = "HTTP/1.1 200 Fine\r\nContent-Length: 5\r\nServer: x\r\n\r\nhello";
  CHECK_STATUS(ZEST_OK, parse_response(&response, ZEST_HTTP_GET, text));
  CHECK(response.out.status == 200 && is_text(&response.out.head, response.out.reason, "Fine"));
  CHECK(response.out.body.kind == ZEST_HTTP_BODY_LENGTH && response.out.body.length == 5);
  CHECK(has_field(&response.out.head, "server", "x"));
  CHECK_STATUS(ZEST_OK, parse_response(&response, ZEST_HTTP_HEAD, text));
  CHECK(response.out.body.kind == ZEST_HTTP_BODY_NONE && response.out.body.keep_alive == 1);
  CHECK_STATUS(ZEST_OK, parse_response(&response, ZEST_HTTP_GET, "HTTP/1.1 200 \r\n\r\n"));
  CHECK(response.out.body.kind == ZEST_HTTP_BODY_UNTIL_CLOSE);
  CHECK(response.out.body.keep_alive == 0 && response.out.reason.size == 0);
  CHECK_STATUS(ZEST_OK, parse_response(&response, ZEST_HTTP_CONNECT, "HTTP/1.1 200 ok\r\n\r\n"));
  CHECK(response.out.body.kind == ZEST_HTTP_BODY_NONE);
  CHECK_STATUS(ZEST_NEED_MORE, parse_response(&response, ZEST_HTTP_GET, "HTTP/1.1 200 ok\r\n"));
  CHECK_STATUS(ZEST_REFUSED, parse_response(&response, ZEST_HTTP_GET, "HTTP/1.1 20x ok\r\n\r\n"));
  CHECK(response.out.refusal.status == 502);
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  RUN(a_request_is_parsed_and_framed_at_once);
  RUN(in_pieces_of_any_size_it_is_the_same);
  RUN(repeated_fields_come_one_by_one);
  RUN(names_have_numbers);
  RUN(every_form_of_target);
  RUN(what_can_be_read_in_two_ways_is_refused);
  RUN(limits_hold);
  RUN(a_response_is_framed_by_its_request);
  return check_end();
}
