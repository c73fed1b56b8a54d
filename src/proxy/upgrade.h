// A change of protocol within HTTP/1.1 (RFC 9110, 7.8): who may ask for it, and who has agreed.
#pragma once

#include "http/framing.h"

namespace zest::proxy {

// What is asked for and may be passed on; empty: nothing. Not from HTTP/1.0, not with a body, which
// two sides could take for different things, and not to another version of HTTP (h2c) or to TLS,
// behind which there could be anything (https://bishopfox.com/blog/h2c-smuggling-request).
std::string_view upgrade_asked(const http::RequestHead& request, const http::Framing& framing);

// That 101 is to one of these.
bool upgrade_agreed(const http::ResponseHead& answer, std::string_view asked);

}  // namespace zest::proxy
