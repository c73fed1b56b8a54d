// The fields behind a chunked body, collected from the pieces they arrive in.
#pragma once

#include <array>
#include <span>
#include <string>

#include "http/chunked.h"
#include "proxy/scratch.h"

namespace zest::proxy {

class Trailers {
 public:
  // Fields of these names are dropped.
  explicit Trailers(std::span<const std::string> withheld);

  // Takes what belongs to the section; how many bytes that were. Then it is complete, or refused,
  // or more is needed.
  size_t feed(std::string_view bytes);
  http::Parse state() const { return state_; }
  const http::Refusal& refusal() const { return parser_.refusal(); }

  // The end of a chunked body with these fields behind it. False: out of memory.
  bool write_end();
  std::string_view end() const { return end_.view(); }

 private:
  static constexpr http::ChunkedLimits limits;

  const std::span<const std::string> withheld_;
  Scratch bytes_;
  Scratch end_;
  http::TrailerParser parser_;
  http::Head head_;
  http::Parse state_ = http::Parse::incomplete;
  std::array<http::Field, limits.trailer_fields> fields_;
};

}  // namespace zest::proxy
