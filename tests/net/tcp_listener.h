// A listening socket as net/ makes it, with its options.
#pragma once

#include "net/listener.h"

namespace zest::test {

// Bound and listening; REQUIREs that it works.
net::Bound tcp_listener(const char* address, const net::BindOptions& options = {});

Fd accepted_from(const net::Bound& listener);  // waits a while
bool acceptable(const net::Bound& listener, int timeout_ms);
bool connects(const sys::Address& address);

}  // namespace zest::test
