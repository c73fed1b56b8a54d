// A caller's TLS configuration, checked and copied.
#pragma once

#include <zest/tls.h>

#include "base/result.h"
#include "tls/config.h"

namespace zest::capi {

// Fields that a library of this version does not know are refused.
Result<tls::ServerConfig> read_tls_server(const zest_tls_config* config);
Result<tls::ClientConfig> read_tls_client(const zest_tls_config* config);

}  // namespace zest::capi
