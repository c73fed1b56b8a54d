/* zest/http.h, heads out: what is written, what is refused, and what happens without room. */
#include "check.h"
#include "http_support.h"

static zest_http_writer on(char* bytes, size_t capacity) {
  const zest_http_writer writer = {.bytes = bytes, .capacity = capacity};
  return writer;
}

static int wrote(const zest_http_writer* writer, const char* text) {
  return writer->size == strlen(text) && memcmp(writer->bytes, text, writer->size) == 0;
}

static zest_status line(zest_http_writer* writer, const char* method, const char* target) {
  return zest_http_write_request_line(writer, method, strlen(method), target, strlen(target), 1);
}
static zest_status field(zest_http_writer* writer, const char* name, const char* value) {
  return zest_http_write_field(writer, name, strlen(name), value, strlen(value));
}

static void heads_are_written_piece_by_piece(void) {
  char bytes[256];
  zest_http_writer writer = on(bytes, sizeof bytes);
  CHECK_STATUS(ZEST_OK, line(&writer, "GET", "/x?y"));
  CHECK_STATUS(ZEST_OK, field(&writer, "Host", "a"));
  CHECK_STATUS(ZEST_OK, field(&writer, "X-Empty", ""));
  CHECK_STATUS(ZEST_OK, zest_http_write_field(&writer, "X-None", 6, NULL, 0));
  CHECK_STATUS(ZEST_OK, zest_http_write_number(&writer, "Content-Length", 14, UINT64_MAX));
  CHECK_STATUS(ZEST_OK, zest_http_write_end(&writer));
  CHECK(wrote(&writer,
              "GET /x?y HTTP/1.1\r\nHost: a\r\nX-Empty: \r\nX-None: \r\n"
              "Content-Length: 18446744073709551615\r\n\r\n"));
  writer = on(bytes, sizeof bytes);
  CHECK_STATUS(ZEST_OK, zest_http_write_status_line(&writer, 404, NULL, 0, 1));
  CHECK_STATUS(ZEST_OK, zest_http_write_status_line(&writer, 299, NULL, 0, 0));
  CHECK_STATUS(ZEST_OK, zest_http_write_status_line(&writer, 200, "Good", 4, 1));
  CHECK_STATUS(ZEST_OK, zest_http_write_chunk_line(&writer, 0x1f));
  CHECK_STATUS(ZEST_OK, zest_http_write_chunk_line(&writer, 0));
  CHECK_STATUS(ZEST_OK, zest_http_write_chunk_line(&writer, UINT64_MAX));
  CHECK(wrote(&writer,
              "HTTP/1.1 404 Not Found\r\nHTTP/1.0 299 \r\nHTTP/1.1 200 Good\r\n"
              "1f\r\n0\r\nffffffffffffffff\r\n"));
}

static void a_head_is_passed_on_without_what_ends_here(void) {
  struct request request;
  char bytes[256];
  zest_http_writer writer = on(bytes, sizeof bytes);
  CHECK_STATUS(ZEST_OK, parse_request(&request,
                                      "GET / HTTP/1.1\r\nHost: a\r\nConnection: x-own, host\r\n"
                                      "X-Own: 1\r\nX-Kept:  2\r\nTE: trailers\r\nProxy: evil\r\n"
                                      "Cookie: c\r\n\r\n"));
  CHECK_STATUS(ZEST_OK, zest_http_mark_hop_by_hop(&request.out.head));
  request.fields[6].skip = 200; /* the cookie; any value but 0 */
  CHECK_STATUS(ZEST_OK, zest_http_write_fields(&writer, &request.out.head));
  CHECK(wrote(&writer, "Host: a\r\nX-Kept:  2\r\n"));
}

static void what_may_not_stand_there_is_not_written(void) {
  char bytes[256];
  static const char* const methods[] = {"", "G ET", "G\r\nX", "G\xc3\xa9"};
  static const char* const targets[] = {"", "/a b", "/a\r\nX: y", "/\xc3\xa9", "/#f"};
  static const char* const names[] = {"", "a b", "a:", "a\r\n", "\xc3\xa9"};
  static const char* const values[] = {"a\r\nb: c", "a\nb", "\x01", "\x7f"};
  for (size_t i = 0; i < 4; ++i) {
    zest_http_writer writer = on(bytes, sizeof bytes);
    CHECK_STATUS(ZEST_INVALID_ARGUMENT, line(&writer, methods[i], "/"));
    writer = on(bytes, sizeof bytes);
    CHECK_STATUS(ZEST_INVALID_ARGUMENT, field(&writer, "X", values[i]));
    CHECK(writer.size == 0);
  }
  for (size_t i = 0; i < 5; ++i) {
    zest_http_writer writer = on(bytes, sizeof bytes);
    CHECK_STATUS(ZEST_INVALID_ARGUMENT, line(&writer, "GET", targets[i]));
    writer = on(bytes, sizeof bytes);
    CHECK_STATUS(ZEST_INVALID_ARGUMENT, field(&writer, names[i], "x"));
  }
  static const uint32_t statuses[] = {0, 99, 600, 65535, 65736, UINT32_MAX};
  for (size_t i = 0; i < 6; ++i) {
    zest_http_writer writer = on(bytes, sizeof bytes);
    CHECK_STATUS(ZEST_INVALID_ARGUMENT,
                 zest_http_write_status_line(&writer, statuses[i], "", 0, 1));
  }
  zest_http_writer writer = on(bytes, sizeof bytes);
  CHECK_STATUS(ZEST_INVALID_ARGUMENT, zest_http_write_status_line(&writer, 200, "a\rb", 3, 1));
  writer = on(bytes, sizeof bytes);
  CHECK_STATUS(ZEST_INVALID_ARGUMENT, zest_http_write_status_line(&writer, 200, "", 0, 2));
}

static void the_first_failure_stays(void) {
  char bytes[64];
  zest_http_writer writer = on(bytes, sizeof bytes);
  CHECK_STATUS(ZEST_INVALID_ARGUMENT, field(&writer, "a b", "x"));
  CHECK_STATUS(ZEST_INVALID_ARGUMENT, field(&writer, "a", "x"));
  CHECK_STATUS(ZEST_INVALID_ARGUMENT, zest_http_write_field(&writer, NULL, 1, "x", 1));
  CHECK_STATUS(ZEST_INVALID_ARGUMENT, zest_http_write_end(&writer));
  CHECK(writer.size == 0 && writer.status == ZEST_INVALID_ARGUMENT);
}

static void without_room_nothing_of_a_piece_is_written(void) {
  static const char text[] = "Name: value\r\n";
  for (size_t room = 0; room < sizeof text - 1; ++room) {
    char* bytes = malloc(room ? room : 1); /* ASan watches its end */
    zest_http_writer writer = on(room ? bytes : NULL, room);
    CHECK_STATUS(ZEST_NEED_MORE, field(&writer, "Name", "value"));
    CHECK(writer.size == 0);
    CHECK_STATUS(ZEST_NEED_MORE, zest_http_write_end(&writer));
    char more[64];
    writer.bytes = more;
    writer.capacity = sizeof more;
    writer.status = ZEST_OK;
    CHECK_STATUS(ZEST_OK, field(&writer, "Name", "value"));
    CHECK(wrote(&writer, text));
    free(bytes);
  }
}

static void a_head_that_was_tampered_with_is_not_written(void) {
  struct request request;
  char bytes[256];
  for (int how = 0; how < 5; ++how) {
    CHECK_STATUS(ZEST_OK,
                 parse_request(&request, "GET / HTTP/1.1\r\nHost: a\r\nA: b\r\nC: d\r\n\r\n"));
    zest_http_head* head = &request.out.head;
    if (how == 0) head->fields[0].name.offset = 30;
    if (how == 1) head->fields[2].name.offset = UINT32_MAX;
    if (how == 2) head->field_count = fields_max + 1;
    if (how == 3) head->size = 3;
    if (how == 4) head->bytes = NULL;
    zest_http_writer writer = on(bytes, sizeof bytes);
    CHECK_STATUS(ZEST_INVALID_ARGUMENT, zest_http_write_fields(&writer, head));
    CHECK(writer.size == 0);
  }
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  RUN(heads_are_written_piece_by_piece);
  RUN(a_head_is_passed_on_without_what_ends_here);
  RUN(what_may_not_stand_there_is_not_written);
  RUN(the_first_failure_stays);
  RUN(without_room_nothing_of_a_piece_is_written);
  RUN(a_head_that_was_tampered_with_is_not_written);
  return check_end();
}
