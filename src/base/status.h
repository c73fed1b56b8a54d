// Every way an operation can end. The values are those of zest_status in zest/base.h, where each is
// explained; capi/base.cc asserts that the two agree.
#pragma once

#include <cstdint>

namespace zest {

enum class Status : int32_t {
  ok = 0,
  timed_out = 1,
  closed = 2,
  listener_failed = 3,
  need_more = 4,
  want_read = 5,
  want_write = 6,

  null_argument = 100,
  invalid_argument = 101,
  unsupported = 102,
  bad_address = 103,
  duplicate_listener = 104,
  wrong_thread = 105,
  wrong_mode = 106,
  forked = 107,

  address_in_use = 200,
  address_not_available = 201,
  permission_denied = 202,
  out_of_fds = 203,
  out_of_memory = 204,
  system = 205,
  bad_message = 206,
  refused = 207,
  limit_reached = 208,

  tls_failed = 400,
  tls_truncated = 401,
  tls_not_tls = 402,

  internal = 500,
};

const char* status_name(Status status);

// The status that says best what an errno means to a user.
Status status_of_errno(int os_errno);

}  // namespace zest
