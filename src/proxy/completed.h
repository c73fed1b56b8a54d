#pragma once

#include "proxy/config.h"

namespace zest::proxy {

// With what a configuration leaves to this machine: threads by its CPUs, connections by its fds.
Config completed(Config config);

}  // namespace zest::proxy
