// A caller's configuration of a group of origins, checked.
#pragma once

#include <zest/upstream.h>

#include "base/result.h"
#include "upstream/config.h"

namespace zest::capi {

Result<upstream::GroupConfig> read_group(const zest_upstream_config* config);

}  // namespace zest::capi
