// From the configuration to bound sockets: which addresses get how many, and why fewer than asked.
#pragma once

#include <vector>

#include "acceptor/report.h"

namespace zest::acceptor {

// One socket that is to listen; row tells how it came to be. Without an fd it has failed.
struct PlannedSocket {
  Fd fd;
  ReportRow row;
  bool adopted = false;
  net::UnixPath path;  // of a Unix socket
  bool joined = false;
};

// The sockets of one listener, in the order of their index.
struct PlannedListener {
  std::vector<PlannedSocket> sockets;
};

// What can be told without asking the kernel: ids, addresses, ranges.
Result<void> check(const std::vector<ListenerConfig>& configs, const Settings& settings);

// Binds; what fails is in the rows. `threads` sockets at most for an address.
PlannedListener plan(ListenerConfig& config, const Settings& settings, uint32_t threads);

}  // namespace zest::acceptor
