// A chunked body whole, in pieces and byte by byte gives the same data and the same end; what it
// gives, written as chunks again, is read as the same data; trailers on every kernel are the same.
#include <memory>
#include <string>

#include "http/chunked.h"
#include "http_heads.h"

namespace {

using namespace zest::fuzz;
using State = ChunkedDecoder::State;

struct Body {
  State state = State::more;
  size_t used = 0;
  std::string data;

  bool operator==(const Body&) const = default;
};

Body decode(std::string_view bytes, size_t piece, Trailers trailers, const ChunkedLimits& limits) {
  ChunkedDecoder decoder(trailers, limits);
  Body body;
  while (body.used < bytes.size()) {
    const std::string_view part = bytes.substr(body.used, piece);
    const auto copy = std::make_unique<char[]>(part.size());
    part.copy(copy.get(), part.size());
    const auto step = decoder.feed({copy.get(), part.size()});
    ZEST_ASSERT(step.consumed <= part.size() && step.data.size() <= step.consumed);
    ZEST_ASSERT(step.state != State::more || step.consumed == part.size());
    body.used += step.consumed;
    body.data += step.data;
    body.state = step.state == State::data ? State::more : step.state;
    if (body.state != State::more) break;
  }
  return body;
}

void check_written(const Body& body, size_t piece) {
  std::string written;
  for (size_t at = 0; at < body.data.size(); at += piece) {
    const std::string part = body.data.substr(at, piece);
    char head[chunk_head_size_max];
    written.append(head, write_chunk_head(head, part.size())).append(part).append("\r\n");
  }
  written += last_chunk;
  const Body again = decode(written, 7, Trailers::drop, {});
  ZEST_ASSERT(again.state == State::done && again.used == written.size());
  ZEST_ASSERT(again.data == body.data);
}

struct Kept : TrailerParser {
  using TrailerParser::TrailerParser;
  Parse parse(std::string_view bytes, Head& into, const Limits&) {
    return TrailerParser::parse(bytes, into);
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  ChunkedLimits limits;
  if (data[0] & 1)
    limits = {.line_bytes = 20, .excess_bytes = 64, .trailer_bytes = 64, .trailer_fields = 2};
  const Trailers trailers = data[0] & 2 ? Trailers::keep : Trailers::drop;
  const size_t piece = data[1] % 64 + 1;
  const Body whole = decode(bytes, bytes.size() + 1, trailers, limits);
  ZEST_ASSERT(decode(bytes, 1, trailers, limits) == whole);
  ZEST_ASSERT(decode(bytes, piece, trailers, limits) == whole);
  if (whole.state == State::done) check_written(whole, piece);
  if (whole.state != State::trailers) return 0;
  const size_t behind = whole.used;
  std::string section("xx");
  section += bytes.substr(behind);
  play<Kept, Head>(reinterpret_cast<const uint8_t*>(section.data()), section.size(),
                   [](const Head&) {});
  return 0;
}
