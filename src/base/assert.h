// A broken invariant ends the process, in every build: going on could answer one connection with
// another's bytes. Never for input; that is an Error.
#pragma once

namespace zest {

[[noreturn]] void assert_failed(const char* condition, const char* file, int line);

}  // namespace zest

#define ZEST_ASSERT(condition) \
  (__builtin_expect(!!(condition), 1) ? (void)0 \
                                      : ::zest::assert_failed(#condition, __FILE__, __LINE__))
