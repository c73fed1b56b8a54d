// What this binary is, and what the kernel under it can do.
#pragma once

#include <string>

namespace zest::zproxy {

const char* version_text();  // "0.1.0"

// What --version prints. Tries the kernel.
std::string describe();

}  // namespace zest::zproxy
