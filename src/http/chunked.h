// The chunked coding (RFC 9112, 7.1), in pieces as they come, without a copy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http/head.h"
#include "http/parser.h"

namespace zest::http {

struct ChunkedLimits {
  uint32_t line_bytes = 256;  // a chunk's size and its extensions
  uint32_t excess_bytes =
      16384;  // by which such lines may exceed 16 bytes and twice their data each
  uint32_t trailer_bytes = 8192;  // the whole trailer section
  uint32_t trailer_fields = 32;
};

// What to do with a trailer section: check and drop it, or stop in front of it.
enum class Trailers : uint8_t { drop, keep };

class ChunkedDecoder {
 public:
  enum class State : uint8_t {
    more,      // everything is consumed, and the body goes on
    data,      // `data` is of the body; feed what follows `consumed`
    trailers,  // with Trailers::keep: fields follow `consumed`; a TrailerParser takes over
    done,      // the message ends with `consumed`; what follows is another message
    refused,   // for good: see refusal()
  };
  struct Step {
    State state = State::more;
    size_t consumed = 0;
    std::string_view data;  // the last of the consumed bytes
  };

  explicit ChunkedDecoder(Trailers trailers = Trailers::drop, const ChunkedLimits& limits = {})
      : trailers_(trailers), limits_(limits) {}

  // Consumes nothing once done, at trailers, or refused.
  Step feed(std::string_view bytes);
  // Its offset counts from the last bytes fed; its status is 400 (502 suits an origin's body).
  const Refusal& refusal() const { return refusal_; }
  // How much data of the present chunk is still to come; 0 between chunks.
  uint64_t chunk_left() const { return phase_ == Phase::data ? left_ : 0; }

 private:
  enum class Phase : uint8_t {
    size_first,
    size,
    extension,  // its name comes, or white space
    name,
    name_done,  // white space behind it: '=' or ';' must come
    value_first,
    value,
    quoted,
    escaped,
    quoted_done,
    value_done,  // white space behind it, or behind the size: ';' must come
    line_feed,
    data,
    data_cr,
    data_lf,
    trailer_first,
    trailer_name,
    trailer_value,
    trailer_line_feed,
    last_line_feed,
    trailers,
    done,
    refused,
  };

  const char* step(char c);
  const char* step_size(char c);
  const char* step_name(char c);
  const char* step_value(char c);
  const char* step_quoted(char c);
  const char* step_trailer(char c);
  const char* step_end(char c);
  const char* add_digit(char c);
  const char* behind_word(char c, Phase blank);
  const char* behind_chunk_line();
  const char* count(char c);
  const char* next(Phase phase);
  Step take_data(std::string_view bytes, size_t at);
  Step stop(size_t at);
  Step refuse(const char* why, size_t at);

  uint64_t left_ = 0;  // of the chunk's data; while its line is read, the size so far
  uint64_t excess_ = 0;
  uint32_t counted_ = 0;  // bytes of this line, or of the trailer section
  uint32_t trailer_fields_ = 0;
  uint8_t digits_ = 0;
  Phase phase_ = Phase::size_first;
  Trailers trailers_;
  ChunkedLimits limits_;
  Refusal refusal_;
};

// The trailer section, from behind the last chunk's line: like a head's fields. Refuses (400) what
// RFC 9110, 6.5.1 keeps out of trailers: framing, routing, authentication, request modifiers, and
// fields about the content.
class TrailerParser : public HeadParser {
 public:
  explicit TrailerParser(const Scan& scan = fastest_scan()) : HeadParser(scan, 0) {}
  Parse parse(std::string_view bytes, Head& into, const ChunkedLimits& limits = {});
};

// A chunk is its head, its data, and "\r\n".
constexpr size_t chunk_head_size_max = 18;
size_t write_chunk_head(char* out, uint64_t size);
// The end of a body without trailers; with them: "0\r\n", their lines, "\r\n".
constexpr std::string_view last_chunk = "0\r\n\r\n";

}  // namespace zest::http
