// The structs of zest/http.h are laid out as those of src/http/, so that a parser writes straight
// into a caller's memory. Where the two part one day, capi/ will copy; the C side never moves.
#pragma once

#include <zest/http.h>

#include <cstddef>

#include "http/framing.h"
#include "http/head.h"
#include "http/parser.h"

namespace zest::capi {

// Within one function memory is seen through one of the two types, never both.
inline http::Head& view(zest_http_head& head) { return reinterpret_cast<http::Head&>(head); }
inline const http::Head& view(const zest_http_head& head) {
  return reinterpret_cast<const http::Head&>(head);
}
inline http::RequestHead& view(zest_http_request& request) {
  return reinterpret_cast<http::RequestHead&>(request.head);
}
inline http::ResponseHead& view(zest_http_response& response) {
  return reinterpret_cast<http::ResponseHead&>(response.head);
}
inline http::Head& view(zest_http_trailers& trailers) { return view(trailers.head); }

inline const zest_http_field* view(const http::Field* field) {
  return reinterpret_cast<const zest_http_field*>(field);
}

inline std::string_view text(const char* bytes, size_t size) { return {bytes, size}; }

// NULL is no place for bytes, but fine for none.
inline bool readable(const char* bytes, size_t size) { return bytes || size == 0; }

inline http::Framing& view(zest_http_body& body) { return reinterpret_cast<http::Framing&>(body); }
inline http::Refusal& view(zest_http_refusal& refusal) {
  return reinterpret_cast<http::Refusal&>(refusal);
}

}  // namespace zest::capi
