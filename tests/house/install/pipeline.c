/* What a C program does with an installed zest-proxy. */
#include <stdio.h>
#include <zest/http.h>

int main(void) {
  static const char text[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  zest_http_field fields[8];
  zest_http_parser parser = {{0}};
  zest_http_request request = ZEST_HTTP_REQUEST_INIT;
  request.head.fields = fields;
  request.head.field_capacity = 8;
  const zest_status status =
      zest_http_parse_request(&parser, text, sizeof text - 1, NULL, &request);
  if (status != ZEST_OK) fprintf(stderr, "%s\n", zest_status_string(status));
  return status != ZEST_OK || request.head.field_count != 1;
}
