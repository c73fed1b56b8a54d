/* The ABI of zest/http.h in numbers: see layout.h. */

#include "check.h"
#include "http_support.h"
#include "layout.h"

FIXED(zest_slice, 8, 4);
AT(zest_slice, offset, 0);
AT(zest_slice, size, 4);

FIXED(zest_http_field, 20, 4);
AT(zest_http_field, name, 0);
AT(zest_http_field, value, 8);
AT(zest_http_field, name_id, 16);
AT(zest_http_field, skip, 17);
AT(zest_http_field, reserved, 18);

FIXED(zest_http_head, 112, 8);
AT(zest_http_head, bytes, 0);
AT(zest_http_head, fields, 8);
AT(zest_http_head, field_count, 16);
AT(zest_http_head, field_capacity, 20);
AT(zest_http_head, size, 24);
AT(zest_http_head, minor, 28);
AT(zest_http_head, reserved, 29);
AT(zest_http_head, index, 32);

FIXED(zest_http_refusal, 16, 8);
AT(zest_http_refusal, status, 0);
AT(zest_http_refusal, reserved, 2);
AT(zest_http_refusal, offset, 4);
AT(zest_http_refusal, reason, 8);

FIXED(zest_http_body, 24, 8);
AT(zest_http_body, kind, 0);
AT(zest_http_body, reserved, 1);
AT(zest_http_body, length, 8);
AT(zest_http_body, keep_alive, 16);
AT(zest_http_body, expect_continue, 17);
AT(zest_http_body, reserved2, 18);

GROWING(zest_http_request, 208, 8);
AT(zest_http_request, struct_size, 0);
AT(zest_http_request, reserved, 4);
AT(zest_http_request, head, 8);
AT(zest_http_request, method, 120);
AT(zest_http_request, target, 128);
AT(zest_http_request, authority, 136);
AT(zest_http_request, path, 144);
AT(zest_http_request, host, 152);
AT(zest_http_request, method_id, 160);
AT(zest_http_request, form, 161);
AT(zest_http_request, reserved2, 162);
AT(zest_http_request, body, 168);
AT(zest_http_request, refusal, 192);

GROWING(zest_http_response, 176, 8);
AT(zest_http_response, struct_size, 0);
AT(zest_http_response, reserved, 4);
AT(zest_http_response, head, 8);
AT(zest_http_response, status, 120);
AT(zest_http_response, reserved2, 122);
AT(zest_http_response, reason, 124);
AT(zest_http_response, reserved3, 132);
AT(zest_http_response, body, 136);
AT(zest_http_response, refusal, 160);

GROWING(zest_http_trailers, 136, 8);
AT(zest_http_trailers, struct_size, 0);
AT(zest_http_trailers, reserved, 4);
AT(zest_http_trailers, head, 8);
AT(zest_http_trailers, refusal, 120);

FIXED(zest_http_parser, 128, 8);
FIXED(zest_http_decoder, 128, 8);

GROWING(zest_http_limits, 32, 4);
AT(zest_http_limits, struct_size, 0);
AT(zest_http_limits, head_bytes, 4);
AT(zest_http_limits, request_line, 8);
AT(zest_http_limits, fields, 12);
AT(zest_http_limits, chunk_line_bytes, 16);
AT(zest_http_limits, chunk_excess_bytes, 20);
AT(zest_http_limits, trailer_bytes, 24);
AT(zest_http_limits, trailer_fields, 28);

GROWING(zest_http_chunk, 56, 8);
AT(zest_http_chunk, struct_size, 0);
AT(zest_http_chunk, state, 4);
AT(zest_http_chunk, consumed, 8);
AT(zest_http_chunk, data, 16);
AT(zest_http_chunk, data_size, 24);
AT(zest_http_chunk, left, 32);
AT(zest_http_chunk, refusal, 40);

FIXED(zest_http_writer, 32, 8);
AT(zest_http_writer, bytes, 0);
AT(zest_http_writer, capacity, 8);
AT(zest_http_writer, size, 16);
AT(zest_http_writer, status, 24);
AT(zest_http_writer, reserved, 28);

static void the_numbers_of_the_abi_hold(void) {
  CHECK(ZEST_HTTP_BODY_NONE == 0 && ZEST_HTTP_BODY_LENGTH == 1);
  CHECK(ZEST_HTTP_BODY_CHUNKED == 2 && ZEST_HTTP_BODY_UNTIL_CLOSE == 3);
  CHECK(ZEST_HTTP_GET == 0 && ZEST_HTTP_HEAD == 1 && ZEST_HTTP_POST == 2 && ZEST_HTTP_PUT == 3);
  CHECK(ZEST_HTTP_DELETE == 4 && ZEST_HTTP_CONNECT == 5 && ZEST_HTTP_OPTIONS == 6);
  CHECK(ZEST_HTTP_TRACE == 7 && ZEST_HTTP_PATCH == 8 && ZEST_HTTP_OTHER == 9);
  CHECK(ZEST_HTTP_ORIGIN_FORM == 0 && ZEST_HTTP_ABSOLUTE_FORM == 1);
  CHECK(ZEST_HTTP_AUTHORITY_FORM == 2 && ZEST_HTTP_ASTERISK_FORM == 3);
  CHECK(ZEST_HTTP_CHUNK_DATA == 0 && ZEST_HTTP_CHUNK_TRAILERS == 1 && ZEST_HTTP_CHUNK_END == 2);
  CHECK(ZEST_HTTP_KEEP_TRAILERS == 1);
}

static void the_initialisers_set_the_size(void) {
  const zest_http_request request = ZEST_HTTP_REQUEST_INIT;
  const zest_http_response response = ZEST_HTTP_RESPONSE_INIT;
  const zest_http_trailers trailers = ZEST_HTTP_TRAILERS_INIT;
  const zest_http_limits limits = ZEST_HTTP_LIMITS_INIT;
  const zest_http_chunk chunk = ZEST_HTTP_CHUNK_INIT;
  CHECK(request.struct_size == sizeof request && response.struct_size == sizeof response);
  CHECK(trailers.struct_size == sizeof trailers && limits.struct_size == sizeof limits);
  CHECK(chunk.struct_size == sizeof chunk);
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  RUN(the_numbers_of_the_abi_hold);
  RUN(the_initialisers_set_the_size);
  return check_end();
}
