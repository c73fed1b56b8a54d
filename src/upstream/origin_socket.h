// A socket for a connection to an origin.
#pragma once

#include "base/fd.h"
#include "upstream/config.h"

namespace zest::upstream {

// Non-blocking, with the group's options, and not connected.
Result<Fd> open_origin_socket(const GroupConfig& config, const sys::Address& address);

}  // namespace zest::upstream
