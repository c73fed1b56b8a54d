// Chunked bodies.
#include "http/chunked.h"

#include <zest/http.h>

#include <type_traits>

#include "capi/guard.h"
#include "capi/http_limits.h"
#include "capi/http_view.h"

using namespace zest;
using namespace zest::capi;

namespace {

// What a caller's zest_http_decoder holds; zeros: nothing yet.
struct Begun {
  uint64_t begun = 1;
  http::ChunkedDecoder decoder;
};
static_assert(std::is_trivially_copyable_v<http::ChunkedDecoder>);
static_assert(sizeof(Begun) <= sizeof(zest_http_decoder));

Begun load(const zest_http_decoder& from, const HttpLimits& limits, uint32_t flags) {
  const bool keep = (flags & ZEST_HTTP_KEEP_TRAILERS) != 0;
  Begun begun{.decoder = http::ChunkedDecoder(keep ? http::Trailers::keep : http::Trailers::drop,
                                              limits.chunked)};
  if (from.words[0] != 0) memcpy(static_cast<void*>(&begun), from.words, sizeof begun);
  return begun;
}

zest_status read_state(http::ChunkedDecoder::State state, uint32_t& into) {
  using State = http::ChunkedDecoder::State;
  switch (state) {
    case State::more: return ZEST_NEED_MORE;
    case State::data: into = ZEST_HTTP_CHUNK_DATA; return ZEST_OK;
    case State::trailers: into = ZEST_HTTP_CHUNK_TRAILERS; return ZEST_OK;
    case State::done: into = ZEST_HTTP_CHUNK_END; return ZEST_OK;
    case State::refused: return ZEST_REFUSED;
  }
  return ZEST_INTERNAL;
}

}  // namespace

zest_status zest_http_decode_chunked(zest_http_decoder* decoder, const char* bytes, size_t size,
                                     const zest_http_limits* limits, uint32_t flags,
                                     zest_http_chunk* chunk) {
  if (!decoder || !readable(bytes, size) || !chunk) return ZEST_NULL_ARGUMENT;
  if (!can_write(chunk, sizeof(zest_http_chunk))) return ZEST_UNSUPPORTED;
  if (flags & ~uint32_t{ZEST_HTTP_DECODE_FLAGS_ALL}) return ZEST_UNSUPPORTED;
  return with_limits(limits, [&](const HttpLimits& bounds) {
    Begun begun = load(*decoder, bounds, flags);
    const http::ChunkedDecoder::Step step = begun.decoder.feed(text(bytes, size));
    zest_http_chunk found{.consumed = step.consumed,
                          .data = step.data.data(),
                          .data_size = step.data.size(),
                          .left = begun.decoder.chunk_left()};
    const zest_status status = read_state(step.state, found.state);
    if (status == ZEST_REFUSED) view(found.refusal) = begun.decoder.refusal();
    memcpy(decoder->words, &begun, sizeof begun);
    write_sized(chunk, found);
    return status;
  });
}
