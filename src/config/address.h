// Addresses as an operator writes them.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "proxy/config.h"

namespace zest::config {

// "127.0.0.1:80", "[::1]:80", ":80", "unix:/path".
Result<sys::Address> parse_address(std::string_view text);

// The same, but one that can be connected to: no port 0, no wildcard.
Result<sys::Address> parse_origin(std::string_view text);

// The same, perhaps behind "https://".
Result<sys::Address> parse_tls_origin(std::string_view text);

// "10.0.0.0/8", "fd00::/8", "192.0.2.1"; bits beyond the prefix must be zero.
Result<proxy::Block> parse_block(std::string_view text);

// A block and a port, or "*": "10.0.0.0/8:443", "[fd00::/8]:*".
Result<proxy::Destination> parse_destination(std::string_view text);

// Whether two cannot be listened on at once: [::] is also every IPv4 address. Port 0 is another one
// each time.
bool clash(const sys::Address& one, const sys::Address& other);

std::string format_block(const proxy::Block& block);

}  // namespace zest::config
