// A caller's configuration of a proxy, and the lines that a call has to say to him.
#pragma once

#include <zest/proxy.h>

#include <string>
#include <vector>

#include "base/result.h"
#include "proxy/config.h"

namespace zest::capi {

// Checked; fields that a library of this version does not know are refused.
Result<zest_proxy_config> read_config(const zest_proxy_config* config);

// The configuration's language, out of text or file. What is wrong with it goes to `said`.
Result<proxy::Config> load_config(const zest_proxy_config& config, std::string& said);

// As much of it as there is room for, as UTF-8.
void say(const std::string& said, zest_proxy_text* into);

std::string lines_of(const std::vector<std::string>& warnings);

}  // namespace zest::capi
