// Tells a forked child from its parent without a system call: one word in a page that the kernel
// hands to the child wiped (MADV_WIPEONFORK).
#pragma once

#include "base/result.h"

namespace zest::sys {

class ForkMark {
 public:
  static Result<ForkMark> create();
  ForkMark(ForkMark&& other) noexcept;
  ForkMark& operator=(ForkMark&&) = delete;
  ~ForkMark();

  // True in a process that did not create it.
  bool forked() const { return *static_cast<const volatile int*>(page_) == 0; }

 private:
  explicit ForkMark(void* page) : page_(page) {}

  void* page_;
};

}  // namespace zest::sys
