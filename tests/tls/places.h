// Where records are sealed and opened: what every test of it goes through.
#pragma once

#include <functional>

#include "support/backends.h"
#include "tls/config.h"

namespace zest::test {

// Called for each backend, with records in user space and, where this kernel can, in the kernel; in
// the short form there alone.
void on_each_place(const std::function<void(io::BackendKind kind, tls::KernelMode mode)>& test);

}  // namespace zest::test
