// The caller's listeners and settings, checked and as the engine's own values.
#pragma once

#include <zest/acceptor.h>

#include <vector>

#include "acceptor/config.h"

namespace zest::capi {

// Adopted fds are taken from the caller, and closed if anything is refused.
Result<std::vector<acceptor::ListenerConfig>> read_configs(const zest_listener_config* configs,
                                                           size_t count);
Result<acceptor::Settings> read_settings(const zest_settings* settings);

}  // namespace zest::capi
