#include "http/chunked.h"

#include <algorithm>
#include <charconv>

#include "http/chars.h"

namespace zest::http {
namespace {

constexpr uint8_t size_digits_max = 16;
constexpr uint64_t free_line_bytes = 16;

uint64_t digit_value(char c) {
  return static_cast<uint64_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

}  // namespace

ChunkedDecoder::Step ChunkedDecoder::feed(std::string_view bytes) {
  for (size_t i = 0;; ++i) {
    if (phase_ >= Phase::trailers) return stop(i);
    if (i == bytes.size()) return {.state = State::more, .consumed = i, .data = {}};
    if (phase_ == Phase::data) return take_data(bytes, i);
    const bool keep = phase_ == Phase::trailer_first && trailers_ == Trailers::keep;
    if (keep && bytes[i] != '\r') {
      phase_ = Phase::trailers;
      return stop(i);
    }
    if (const char* why = step(bytes[i])) return refuse(why, i);
  }
}

ChunkedDecoder::Step ChunkedDecoder::take_data(std::string_view bytes, size_t at) {
  const auto size = static_cast<size_t>(std::min<uint64_t>(left_, bytes.size() - at));
  left_ -= size;
  if (left_ == 0) phase_ = Phase::data_cr;
  return {.state = State::data, .consumed = at + size, .data = bytes.substr(at, size)};
}

ChunkedDecoder::Step ChunkedDecoder::stop(size_t at) {
  switch (phase_) {
    case Phase::done: return {.state = State::done, .consumed = at, .data = {}};
    case Phase::trailers: return {.state = State::trailers, .consumed = at, .data = {}};
    default: return {.state = State::refused, .consumed = at, .data = {}};
  }
}

ChunkedDecoder::Step ChunkedDecoder::refuse(const char* why, size_t at) {
  phase_ = Phase::refused;
  refusal_ = {.status = 400, .offset = static_cast<uint32_t>(at), .why = why};
  return stop(at);
}

const char* ChunkedDecoder::next(Phase phase) {
  phase_ = phase;
  return nullptr;
}

const char* ChunkedDecoder::step(char c) {
  if (const char* why = count(c)) return why;
  switch (phase_) {
    case Phase::size_first:
    case Phase::size: return step_size(c);
    case Phase::extension:
    case Phase::name:
    case Phase::name_done: return step_name(c);
    case Phase::value_first:
    case Phase::value: return step_value(c);
    case Phase::quoted:
    case Phase::escaped: return step_quoted(c);
    case Phase::quoted_done: return behind_word(c, Phase::value_done);
    case Phase::value_done: return is_in(c, space_char) ? nullptr : behind_word(c, Phase::refused);
    case Phase::trailer_first:
    case Phase::trailer_name:
    case Phase::trailer_value: return step_trailer(c);
    default: return step_end(c);
  }
}

const char* ChunkedDecoder::count(char) {
  ++counted_;
  if (phase_ >= Phase::trailer_first) {
    return counted_ > limits_.trailer_bytes ? "too large a trailer section" : nullptr;
  }
  return counted_ > limits_.line_bytes ? "too long a chunk line" : nullptr;
}

const char* ChunkedDecoder::step_size(char c) {
  if (is_in(c, hex_char)) return add_digit(c);
  if (phase_ == Phase::size_first) return "a chunk without a size";
  return behind_word(c, Phase::value_done);
}

const char* ChunkedDecoder::add_digit(char c) {
  if (phase_ == Phase::size_first) left_ = digits_ = 0;
  if (++digits_ > size_digits_max) return "too many digits in a chunk's size";
  left_ = left_ << 4 | digit_value(c);
  return left_ > INT64_MAX ? "too large a chunk" : next(Phase::size);
}

// White space is allowed where an extension follows it.
const char* ChunkedDecoder::behind_word(char c, Phase blank) {
  if (c == ';') return next(Phase::extension);
  if (is_in(c, space_char)) return next(blank);
  const bool may_end = blank != Phase::refused && blank != Phase::name_done;
  if (c == '\r' && (may_end || phase_ == Phase::name)) return next(Phase::line_feed);
  return "a malformed chunk line";
}

const char* ChunkedDecoder::step_name(char c) {
  if (phase_ == Phase::extension) {
    if (is_in(c, space_char)) return nullptr;
    return is_in(c, token_char) ? next(Phase::name) : "a chunk extension without a name";
  }
  if (c == '=') return next(Phase::value_first);
  if (phase_ == Phase::name && is_in(c, token_char)) return nullptr;
  return behind_word(c, Phase::name_done);
}

const char* ChunkedDecoder::step_value(char c) {
  if (is_in(c, token_char)) return next(Phase::value);
  if (phase_ == Phase::value) return behind_word(c, Phase::value_done);
  if (c == '"') return next(Phase::quoted);
  return is_in(c, space_char) ? nullptr : "a chunk extension without a value";
}

const char* ChunkedDecoder::step_quoted(char c) {
  if (is_in(c, control_char)) return "a control character in a chunk extension";
  if (phase_ == Phase::escaped) return next(Phase::quoted);
  if (c == '"') return next(Phase::quoted_done);
  return c == '\\' ? next(Phase::escaped) : nullptr;
}

const char* ChunkedDecoder::step_trailer(char c) {
  if (phase_ == Phase::trailer_value) {
    if (c == '\r') return next(Phase::trailer_line_feed);
    return is_in(c, control_char) ? "a control character in a trailer field" : nullptr;
  }
  if (phase_ == Phase::trailer_first && c == '\r') return next(Phase::last_line_feed);
  if (phase_ == Phase::trailer_name && c == ':') return next(Phase::trailer_value);
  if (!is_in(c, token_char)) return "not a trailer field";
  const bool another = phase_ == Phase::trailer_first;
  if (another && ++trailer_fields_ > limits_.trailer_fields) return "too many trailer fields";
  return next(Phase::trailer_name);
}

const char* ChunkedDecoder::step_end(char c) {
  if (c != (phase_ == Phase::data_cr ? '\r' : '\n')) return "no CRLF where one must be";
  switch (phase_) {
    case Phase::line_feed: return behind_chunk_line();
    case Phase::data_cr: return next(Phase::data_lf);
    case Phase::trailer_line_feed: return next(Phase::trailer_first);
    case Phase::last_line_feed: return next(Phase::done);
    default: counted_ = 0; return next(Phase::size_first);
  }
}

// Lines that are long for what they announce add up (CVE-2023-39326).
const char* ChunkedDecoder::behind_chunk_line() {
  const uint64_t due = free_line_bytes + 2 * std::min<uint64_t>(left_, limits_.excess_bytes);
  excess_ = excess_ + counted_ > due ? excess_ + counted_ - due : 0;
  counted_ = 0;
  if (excess_ > limits_.excess_bytes) return "chunk extensions beyond measure";
  return next(left_ ? Phase::data : Phase::trailer_first);
}

size_t write_chunk_head(char* out, uint64_t size) {
  const auto written = std::to_chars(out, out + chunk_head_size_max - 2, size, 16);
  written.ptr[0] = '\r';
  written.ptr[1] = '\n';
  return static_cast<size_t>(written.ptr + 2 - out);
}

}  // namespace zest::http
