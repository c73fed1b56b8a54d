/* What the tests of zest/http.h share: heads in one line. */
#ifndef ZEST_TESTS_CAPI_HTTP_SUPPORT_H
#define ZEST_TESTS_CAPI_HTTP_SUPPORT_H

#include <string.h>
#include <zest/http.h>

enum { fields_max = 64 };

/* A head with room for its fields; never moved. */
struct request {
  zest_http_field fields[fields_max];
  zest_http_request out;
};
struct response {
  zest_http_field fields[fields_max];
  zest_http_response out;
};

void fresh_request(struct request* request);
void fresh_response(struct response* response);
/* Parse all of it at once. */
zest_status parse_request(struct request* request, const char* text);
zest_status parse_response(struct response* response, uint32_t method, const char* text);

/* Is the piece that text? */
int is_text(const zest_http_head* head, zest_slice piece, const char* text);
/* The value of the first field of that name is that text; text NULL: there is none. */
int has_field(const zest_http_head* head, const char* name, const char* text);

#endif
