// What a server's context asks us during a handshake.
#pragma once

#include "tls/owned.h"

namespace zest::tls {

class ServerContext;

// `owner` outlives the context.
void set_server_callbacks(ssl_ctx_st* context, const ServerContext& owner);

}  // namespace zest::tls
