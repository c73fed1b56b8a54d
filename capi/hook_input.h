// What a caller wants to decide, for the engine; and what it is shown.
#pragma once

#include <zest/hook.h>

#include "capi/proxy_handle.h"
#include "proxy/host.h"

namespace zest::capi {

// hooks may be null. The handle is what callbacks are called with.
Result<proxy::Host> read_hooks(const zest_proxy_hooks* hooks, const zest_proxy* handle);

// The changes that a caller wants; none of them: null.
Result<std::unique_ptr<proxy::HookChanges>> read_changes(const zest_hook_passing& passing);

zest_hook_event event_of(const proxy::HookTicket& request);
zest_hook_event event_of(proxy::HookQueue::Taken& connection);  // takes its fd

}  // namespace zest::capi
