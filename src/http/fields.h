// The field lines of a head or of a trailer section, once their ends are known.
#pragma once

#include <cstdint>

#include "http/head.h"
#include "http/parser.h"
#include "http/scan.h"

namespace zest::http {

// `events` begin with those of the first field line, which begins at `start`. True: into.fields
// holds all `count` of them, and `host` is the value of the last Host. False: at least one is no
// field line; explain_fields says which.
bool read_any_fields(const uint32_t* events, uint32_t count, uint32_t start, Head& into,
                     Slice& host);
// The same behind another line, whose LF is the event before.
bool read_fields(const uint32_t* events, uint32_t count, Head& into, Slice& host);
Refusal explain_fields(const char* base, const uint32_t* events, uint32_t count, uint32_t start);

}  // namespace zest::http
