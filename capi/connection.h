// What was accepted, as the host sees it.
#pragma once

#include <zest/acceptor.h>

#include "acceptor/service.h"

namespace zest::capi {

// Fills all but struct_size, as far as the caller's struct goes.
void write_connection(const acceptor::Accepted& from, const acceptor::SocketInfo& socket,
                      zest_connection& into);

}  // namespace zest::capi
