#include "tls/places.h"

#include <doctest/doctest.h>

#include "support/torture.h"
#include "tls/kernel_calls.h"

namespace zest::test {

void on_each_place(const std::function<void(io::BackendKind, tls::KernelMode)>& test) {
  static const bool can = tls::kernel_tls().has_value();
  on_each_backend([&](io::BackendKind kind) {
    // Where time is short user space was tested elsewhere.
    if (!can || load(4) == 4) test(kind, tls::KernelMode::off);
    if (!can) return;
    INFO("in the kernel");
    test(kind, tls::KernelMode::require);
  });
}

}  // namespace zest::test
