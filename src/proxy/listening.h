// A listener's sockets, for all workers at once.
#pragma once

#include <memory>
#include <vector>

#include "proxy/listener_report.h"
#include "proxy/worker_setup.h"

namespace zest::proxy {

using Setups = std::vector<std::unique_ptr<WorkerSetup>>;  // one per worker

// Binds and listens: one socket per worker; or one for all, at the first worker, where the address
// can't be shared; or none, where there is no address. Each setup's listener of that index holds
// its own. `in_force`: whose sockets are open still, for who asks why an address is in use.
Result<ListenerReport> open_sockets(const SharedListener& listener, size_t index,
                                    const Setups& setups, const Setup* in_force);

}  // namespace zest::proxy
