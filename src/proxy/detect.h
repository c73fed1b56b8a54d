// Which protocol a client speaks, by its first bytes. Each that is served is one entry of a table:
// HTTP/2 will stand beside HTTP/1. (What comes before a protocol is arrival.h's.)
#pragma once

#include <cstdint>
#include <string_view>

namespace zest::proxy {

enum class Claim : uint8_t { no, yes, more };

struct Protocol {
  const char* name;
  Claim (*claims)(std::string_view first);
};

struct Detected {
  const Protocol* protocol = nullptr;
  bool more = false;  // it takes more bytes to tell
};
Detected detect(std::string_view first);

}  // namespace zest::proxy
