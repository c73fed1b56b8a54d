#include "http_support.h"

void fresh_request(struct request* request) {
  request->out = (zest_http_request)ZEST_HTTP_REQUEST_INIT;
  request->out.head.fields = request->fields;
  request->out.head.field_capacity = fields_max;
}

void fresh_response(struct response* response) {
  response->out = (zest_http_response)ZEST_HTTP_RESPONSE_INIT;
  response->out.head.fields = response->fields;
  response->out.head.field_capacity = fields_max;
}

zest_status parse_request(struct request* request, const char* text) {
  zest_http_parser parser = {{0}};
  fresh_request(request);
  return zest_http_parse_request(&parser, text, strlen(text), NULL, &request->out);
}

zest_status parse_response(struct response* response, uint32_t method, const char* text) {
  zest_http_parser parser = {{0}};
  fresh_response(response);
  return zest_http_parse_response(&parser, text, strlen(text), NULL, method, &response->out);
}

int is_text(const zest_http_head* head, zest_slice piece, const char* text) {
  return piece.size == strlen(text) && memcmp(head->bytes + piece.offset, text, piece.size) == 0;
}

int has_field(const zest_http_head* head, const char* name, const char* text) {
  const zest_http_field* field = zest_http_find(head, name, strlen(name), NULL);
  return field && text ? is_text(head, field->value, text) : !field && !text;
}
