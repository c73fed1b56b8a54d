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

// A parser out of a caller's zest_http_parser, and back into it while its head is not whole. Its
// first word says what it parses and how many bytes it has seen; zeros: nothing yet.
template <typename Parser>
class Parsing {
 public:
  static_assert(std::is_trivially_copyable_v<Parser>);
  static_assert(sizeof(uint64_t) + sizeof(Parser) <= sizeof(zest_http_parser));

  Parsing(zest_http_parser& state, Kind kind) : state_(state), kind_(kind) {
    if (begun() && fits(SIZE_MAX)) memcpy(&parser_, state_.words + 1, sizeof parser_);
  }

  // Does the call fit what was begun?
  bool fits(size_t size) const {
    const uint64_t first = state_.words[0];
    return !begun() ||
           (static_cast<uint32_t>(first) == static_cast<uint32_t>(kind_) && size >= first >> 32);
  }

  Parser& parser() { return parser_; }

  zest_status end(zest_status status) {
    if (begun()) state_ = {};
    return status;
  }

  zest_status save(size_t size) {
    const uint64_t seen = std::min<size_t>(size, UINT32_MAX);
    state_.words[0] = seen << 32 | static_cast<uint32_t>(kind_);
    memcpy(state_.words + 1, &parser_, sizeof parser_);
    return ZEST_NEED_MORE;
  }

 private:
  bool begun() const { return state_.words[0] != 0; }

  zest_http_parser& state_;
  const Kind kind_;
  Parser parser_;
};

// The checks that all three calls begin with; `out` is what they write.
template <typename Out>
zest_status usable(const zest_http_parser* parser, const char* bytes, size_t size, const Out* out) {
  if (!parser || !readable(bytes, size) || !out) return ZEST_NULL_ARGUMENT;
  if (!can_write(out, sizeof(Out))) return ZEST_UNSUPPORTED;
  return out->head.fields || out->head.field_capacity == 0 ? ZEST_OK : ZEST_NULL_ARGUMENT;
}

void forget_fields(http::Head& head) {
  head.field_count = 0;
  head.present = head.repeated = 0;
}

// Parses with parse(parser, limits), then frames with frame(refusal).
template <typename Parser, typename Out, typename Parse, typename Frame>
zest_status run(zest_http_parser* state, Kind kind, size_t size, const zest_http_limits* limits,
                Out* out, Parse parse, Frame frame) {
  const GivenLimits bounds(limits);
  if (bounds.status() != ZEST_OK) return bounds.status();
  Parsing<Parser> parsing(*state, kind);
  if (!parsing.fits(size)) return ZEST_INVALID_ARGUMENT;
  forget_fields(view(*out));
  const http::Parse found = parse(parsing.parser(), *bounds);
  clear_unknown(out);
  if (found == http::Parse::incomplete) return parsing.save(size);
  http::Refusal& refusal = view(out->refusal);
  if (found == http::Parse::complete) [[likely]]
    return parsing.end(frame(refusal) ? ZEST_OK : ZEST_REFUSED);
  refusal = parsing.parser().refusal();
  return parsing.end(ZEST_REFUSED);
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
  return guard([&] {
    return run<http::RequestParser>(parser, Kind::request, size, limits, request, parse, frame);
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
  return guard([&] {
    return run<http::ResponseParser>(parser, Kind::response, size, limits, response, parse, frame);
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
  return guard([&] {
    return run<http::TrailerParser>(parser, Kind::trailers, size, limits, trailers, parse, frame);
  });
}
