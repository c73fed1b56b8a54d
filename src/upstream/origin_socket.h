// A socket for a connection to an origin.
#pragma once

#include <cerrno>

#include "base/fd.h"
#include "upstream/config.h"

namespace zest::upstream {

// Non-blocking, with the group's options, and not connected. `fast_open`: if the group has it,
// connect() may succeed at once, and the first bytes make the connection, or find that they can't.
Result<Fd> open_origin_socket(const GroupConfig& config, const sys::Address& address,
                              bool fast_open);

// What connect() says of an origin that cannot be reached.
constexpr bool is_no_connection(int os_errno) {
  return os_errno == ECONNREFUSED || os_errno == ETIMEDOUT || os_errno == EHOSTUNREACH ||
         os_errno == ENETUNREACH;
}

}  // namespace zest::upstream
