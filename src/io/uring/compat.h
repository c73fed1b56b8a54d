// Names that the running kernel may know and liburing 2.3 does not yet have.
#pragma once

#include <liburing.h>

#ifndef IORING_FEAT_MIN_TIMEOUT
#define IORING_FEAT_MIN_TIMEOUT (1U << 15)  // Linux 6.12: collect for a while, then wait for one
#endif

namespace zest::io {

// io_uring_getevents_arg as of Linux 6.12, where padding became min_wait_usec.
struct GetEvents {
  uint64_t signals = 0;
  uint32_t signals_size = 0;
  uint32_t min_wait_us = 0;
  uint64_t timeout = 0;  // address of a __kernel_timespec, or 0
};

}  // namespace zest::io
