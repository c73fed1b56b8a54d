// Whether connections are to leave their records to the kernel, and whether it can: asked once,
// when a context is made.
#pragma once

#include <string>

#include "base/count.h"
#include "base/result.h"
#include "tls/config.h"

namespace zest::tls {

// Which suites this kernel's TLS takes, tried on a connection to ourselves; an error where it has
// no TLS, with what helps.
class KernelSuites {
 public:
  void add(Suite suite) { bits_ = static_cast<uint8_t>(bits_ | bit(suite)); }
  bool has(Suite suite) const { return (bits_ & bit(suite)) != 0; }
  static KernelSuites all();

 private:
  static uint8_t bit(Suite suite) {
    return static_cast<uint8_t>(1U << static_cast<unsigned>(suite));
  }
  uint8_t bits_ = 0;
};
Result<KernelSuites> kernel_suites();

struct KernelUse {
  bool wanted = false;
  bool required = false;  // whose connection the kernel does not take is let go
  KernelSuites suites;

  bool takes(Suite suite) const { return wanted && suites.has(suite); }
};

// What became of a mode on this machine, and in words: "records in user space: ...".
struct KernelChoice {
  KernelUse use;
  std::string words;
};
Result<KernelChoice> choose_kernel(KernelMode mode);

// How many connections went on in the kernel, and how many should have and could not.
struct KernelCounts {
  Count* taken = nullptr;
  Count* refused = nullptr;
};

}  // namespace zest::tls
