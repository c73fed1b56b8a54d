// The two kinds of text in a line of JSON that need care.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace zest::zproxy {

// A string in quotes, whatever the bytes: valid JSON in one line of UTF-8 that does nothing to a
// terminal. A byte that is no UTF-8 becomes \u00XX.
void append_json_string(std::string& out, std::string_view bytes);

// 2026-11-21T10:53:48.123Z
void append_rfc3339(std::string& out, int64_t realtime_ns);

}  // namespace zest::zproxy
