// Where a message's body ends: every decision that request smuggling plays with, and none
// elsewhere. RFC 9112, sections 3.2, 6 and 9.3, read strictly: what could be read in two ways is
// refused.
#pragma once

#include <cstdint>

#include "http/head.h"
#include "http/parser.h"

namespace zest::http {

enum class BodyKind : uint8_t { none, length, chunked, until_close };

struct Framing {
  BodyKind kind = BodyKind::none;
  uint64_t length = 0;           // of BodyKind::length, up to 2^63 - 1
  bool keep_alive = false;       // version and Connection allow another message
  bool expect_continue = false;  // a body follows, and its sender waits for 100

  // A length of 0 is none.
  bool has_body() const { return kind == BodyKind::length ? length > 0 : kind != BodyKind::none; }
};

// False: refused with 400, 417 or 501. Also checks the Host.
bool frame_request(const RequestHead& head, Framing& framing, Refusal& refusal);

// False: refused with 502.
bool frame_response(const ResponseHead& head, Method request_method, Framing& framing,
                    Refusal& refusal);

}  // namespace zest::http
