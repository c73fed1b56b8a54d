// What a caller asks of tunnels, checked.
#pragma once

#include <zest/tunnel.h>

#include "tunnel/service_config.h"

namespace zest::capi {

// NULL: the defaults. Fields that a library of this version does not know are refused.
Result<tunnel::ServiceConfig> read_tunnel_settings(const zest_tunnel_settings* settings);

// Fills all of it but the sides. The bytes are copied.
Result<void> read_tunnel_options(const zest_tunnel_options* options, tunnel::Request& request);

}  // namespace zest::capi
