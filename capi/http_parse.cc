// Heads out of bytes.
#include <zest/http.h>

#include <type_traits>

#include "capi/guard.h"
#include "capi/http_limits.h"
#include "capi/http_view.h"

using namespace zest;
using namespace zest::capi;

namespace {

enum class Kind : uint32_t { none, request, response, trailers };

// A caller's zest_http_parser holds a parser while its head is not whole. Its first word says what
// that parses and how many bytes it has seen; zero: nothing yet.
bool resumes(uint64_t begun, Kind kind, size_t size) {
  return static_cast<uint32_t>(begun) == static_cast<uint32_t>(kind) && size >= begun >> 32;
}

template <typename Parser>
zest_status save(zest_http_parser& state, Kind kind, size_t size, const Parser& parser) {
  static_assert(std::is_trivially_copyable_v<Parser>);
  static_assert(sizeof(uint64_t) + sizeof(Parser) <= sizeof state);
  const uint64_t seen = std::min<size_t>(size, UINT32_MAX);
  state.words[0] = seen << 32 | static_cast<uint32_t>(kind);
  memcpy(state.words + 1, &parser, sizeof parser);
  return ZEST_NEED_MORE;
}

// The checks that all three calls begin with; `out` is what they write.
template <typename Out>
[[gnu::noinline]] zest_status check(const zest_http_parser* parser, const char* bytes, size_t size,
                                    const Out* out) {
  if (!parser || !readable(bytes, size) || !out) return ZEST_NULL_ARGUMENT;
  if (!can_write(out, sizeof(Out))) return ZEST_UNSUPPORTED;
  return out->head.fields || out->head.field_capacity == 0 ? ZEST_OK : ZEST_NULL_ARGUMENT;
}

// At once for what nearly all calls are.
template <typename Out>
zest_status usable(const zest_http_parser* parser, const char* bytes, size_t size, const Out* out) {
  if (parser && bytes && out && out->struct_size == sizeof(Out) && out->head.fields) [[likely]]
    return ZEST_OK;
  return check(parser, bytes, size, out);
}

void forget_fields(http::Head& head) {
  head.field_count = 0;
  head.present = head.repeated = 0;
}

// Parses with parse(parser, limits), then frames with frame(refusal).
template <typename Parser, typename Out, typename Parse, typename Frame>
zest_status run(zest_http_parser& state, Kind kind, size_t size, const HttpLimits& limits, Out* out,
                Parse parse, Frame frame) {
  Parser parser;
  const uint64_t begun = state.words[0];
  if (begun) [[unlikely]] {
    if (!resumes(begun, kind, size)) return ZEST_INVALID_ARGUMENT;
    memcpy(&parser, state.words + 1, sizeof parser);
  }
  forget_fields(view(*out));
  const http::Parse found = parse(parser, limits);
  clear_unknown(out);
  if (found == http::Parse::incomplete) [[unlikely]]
    return save(state, kind, size, parser);
  if (begun) [[unlikely]]
    state = {};
  http::Refusal& refusal = view(out->refusal);
  if (found == http::Parse::complete) [[likely]]
    return frame(refusal) ? ZEST_OK : ZEST_REFUSED;
  refusal = parser.refusal();
  return ZEST_REFUSED;
}

}  // namespace

zest_status zest_http_parse_request(zest_http_parser* parser, const char* bytes, size_t size,
                                    const zest_http_limits* limits, zest_http_request* request) {
  const zest_status ready = usable(parser, bytes, size, request);
  if (ready != ZEST_OK) return ready;
  http::RequestHead& head = view(*request);
  const auto parse = [&](http::RequestParser& with, const HttpLimits& bounds) {
    return with.parse(text(bytes, size), head, bounds.head);
  };
  const auto frame = [&](http::Refusal& refusal) {
    return http::frame_request(head, view(request->body), refusal);
  };
  return with_limits(limits, [&](const HttpLimits& bounds) {
    return run<http::RequestParser>(*parser, Kind::request, size, bounds, request, parse, frame);
  });
}

zest_status zest_http_parse_response(zest_http_parser* parser, const char* bytes, size_t size,
                                     const zest_http_limits* limits, uint32_t request_method,
                                     zest_http_response* response) {
  const zest_status ready = usable(parser, bytes, size, response);
  if (ready != ZEST_OK) return ready;
  if (request_method > ZEST_HTTP_OTHER) return ZEST_INVALID_ARGUMENT;
  http::ResponseHead& head = view(*response);
  const auto parse = [&](http::ResponseParser& with, const HttpLimits& bounds) {
    return with.parse(text(bytes, size), head, bounds.head);
  };
  const auto frame = [&](http::Refusal& refusal) {
    const auto method = static_cast<http::Method>(request_method);
    return http::frame_response(head, method, view(response->body), refusal);
  };
  return with_limits(limits, [&](const HttpLimits& bounds) {
    return run<http::ResponseParser>(*parser, Kind::response, size, bounds, response, parse, frame);
  });
}

zest_status zest_http_parse_trailers(zest_http_parser* parser, const char* bytes, size_t size,
                                     const zest_http_limits* limits, zest_http_trailers* trailers) {
  const zest_status ready = usable(parser, bytes, size, trailers);
  if (ready != ZEST_OK) return ready;
  http::Head& head = view(*trailers);
  const auto parse = [&](http::TrailerParser& with, const HttpLimits& bounds) {
    return with.parse(text(bytes, size), head, bounds.chunked);
  };
  const auto frame = [](http::Refusal&) { return true; };
  return with_limits(limits, [&](const HttpLimits& bounds) {
    return run<http::TrailerParser>(*parser, Kind::trailers, size, bounds, trailers, parse, frame);
  });
}
