// Nothing but proof that zest/http.h and src/http/ agree.
#include "capi/http_view.h"

// The engine's heads derive one from another; where their members are is defined all the same.
#pragma GCC diagnostic ignored "-Winvalid-offsetof"

namespace zest::capi {
namespace {

#define ZEST_SAME_SIZE(c_type, type) \
  static_assert(sizeof(c_type) == sizeof(type) && alignof(c_type) == alignof(type))
#define ZEST_SAME_PLACE(c_type, c_member, type, member) \
  static_assert(offsetof(c_type, c_member) == offsetof(type, member) && \
                sizeof(c_type::c_member) == sizeof(type::member))

ZEST_SAME_SIZE(zest_slice, http::Slice);
ZEST_SAME_PLACE(zest_slice, offset, http::Slice, offset);
ZEST_SAME_PLACE(zest_slice, size, http::Slice, size);

ZEST_SAME_SIZE(zest_http_field, http::Field);
ZEST_SAME_PLACE(zest_http_field, name, http::Field, name);
ZEST_SAME_PLACE(zest_http_field, value, http::Field, value);
ZEST_SAME_PLACE(zest_http_field, name_id, http::Field, id);
ZEST_SAME_PLACE(zest_http_field, skip, http::Field, skip);

// Pointers have a size, too.
// NOLINTBEGIN(bugprone-sizeof-expression)
ZEST_SAME_SIZE(zest_http_head, http::Head);
ZEST_SAME_PLACE(zest_http_head, bytes, http::Head, base);
ZEST_SAME_PLACE(zest_http_head, fields, http::Head, fields);
// NOLINTEND(bugprone-sizeof-expression)
ZEST_SAME_PLACE(zest_http_head, field_count, http::Head, field_count);
ZEST_SAME_PLACE(zest_http_head, field_capacity, http::Head, field_capacity);
ZEST_SAME_PLACE(zest_http_head, size, http::Head, size);
ZEST_SAME_PLACE(zest_http_head, minor, http::Head, minor);
static_assert(offsetof(zest_http_head, index) == offsetof(http::Head, present));
static_assert(offsetof(zest_http_head, index) + sizeof(zest_http_head::index) ==
              offsetof(http::Head, last_index) + sizeof(http::Head::last_index));

constexpr size_t request_at = offsetof(zest_http_request, head);
static_assert(offsetof(zest_http_request, body) - request_at == sizeof(http::RequestHead));
#define ZEST_SAME_IN_REQUEST(c_member, member) \
  static_assert(offsetof(zest_http_request, c_member) - request_at == \
                    offsetof(http::RequestHead, member) && \
                sizeof(zest_http_request::c_member) == sizeof(http::RequestHead::member))
ZEST_SAME_IN_REQUEST(method, method);
ZEST_SAME_IN_REQUEST(target, target);
ZEST_SAME_IN_REQUEST(authority, authority);
ZEST_SAME_IN_REQUEST(path, path);
ZEST_SAME_IN_REQUEST(host, host);
ZEST_SAME_IN_REQUEST(method_id, method_id);
ZEST_SAME_IN_REQUEST(form, form);

constexpr size_t response_at = offsetof(zest_http_response, head);
static_assert(offsetof(zest_http_response, body) - response_at == sizeof(http::ResponseHead));
static_assert(offsetof(zest_http_response, status) - response_at ==
              offsetof(http::ResponseHead, status));
static_assert(offsetof(zest_http_response, reason) - response_at ==
              offsetof(http::ResponseHead, reason));

ZEST_SAME_SIZE(zest_http_body, http::Framing);
ZEST_SAME_PLACE(zest_http_body, kind, http::Framing, kind);
ZEST_SAME_PLACE(zest_http_body, length, http::Framing, length);
ZEST_SAME_PLACE(zest_http_body, keep_alive, http::Framing, keep_alive);
ZEST_SAME_PLACE(zest_http_body, expect_continue, http::Framing, expect_continue);

ZEST_SAME_SIZE(zest_http_refusal, http::Refusal);
ZEST_SAME_PLACE(zest_http_refusal, status, http::Refusal, status);
ZEST_SAME_PLACE(zest_http_refusal, offset, http::Refusal, offset);
ZEST_SAME_PLACE(zest_http_refusal, reason, http::Refusal, why);

template <typename Enum>
constexpr bool is(int number, Enum value) {
  return number == static_cast<int>(value);
}
static_assert(is(ZEST_HTTP_GET, http::Method::get) && is(ZEST_HTTP_HEAD, http::Method::head) &&
              is(ZEST_HTTP_POST, http::Method::post) && is(ZEST_HTTP_PUT, http::Method::put) &&
              is(ZEST_HTTP_DELETE, http::Method::delete_) &&
              is(ZEST_HTTP_CONNECT, http::Method::connect) &&
              is(ZEST_HTTP_OPTIONS, http::Method::options) &&
              is(ZEST_HTTP_TRACE, http::Method::trace) &&
              is(ZEST_HTTP_PATCH, http::Method::patch) && is(ZEST_HTTP_OTHER, http::Method::other));
static_assert(is(ZEST_HTTP_ORIGIN_FORM, http::TargetForm::origin) &&
              is(ZEST_HTTP_ABSOLUTE_FORM, http::TargetForm::absolute) &&
              is(ZEST_HTTP_AUTHORITY_FORM, http::TargetForm::authority) &&
              is(ZEST_HTTP_ASTERISK_FORM, http::TargetForm::asterisk));
static_assert(is(ZEST_HTTP_BODY_NONE, http::BodyKind::none) &&
              is(ZEST_HTTP_BODY_LENGTH, http::BodyKind::length) &&
              is(ZEST_HTTP_BODY_CHUNKED, http::BodyKind::chunked) &&
              is(ZEST_HTTP_BODY_UNTIL_CLOSE, http::BodyKind::until_close));

}  // namespace
}  // namespace zest::capi
