// What every exported function runs in: nothing throws out of it, and failures become statuses.
#pragma once

#include <zest/base.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "base/result.h"
#include "capi/utf8.h"
#include "sys/fault.h"

namespace zest::capi {

constexpr zest_status status_of(Status status) { return static_cast<zest_status>(status); }

inline zest_status report(const Error& error, zest_error* into) {
  if (into) {
    into->code = status_of(error.status);
    into->os_errno = error.os_errno;
    const std::string_view text = error.message.view();
    const size_t size = std::min(text.size(), sizeof into->message - 1);
    memcpy(into->message, text.data(), size);
    make_utf8(into->message, size);
    into->message[size] = 0;
  }
  return status_of(error.status);
}

inline zest_status report(Status status, const char* message, zest_error* into) {
  return report(fail(status, "%s", message).error(), into);
}

// Of a handle that is not usable: `why` is ZEST_NULL_ARGUMENT or ZEST_FORKED.
inline zest_status not_usable(zest_status why, const char* handle, zest_error* into) {
  if (why == ZEST_NULL_ARGUMENT)
    return report(fail(Status::null_argument, "%s must not be NULL", handle).error(), into);
  return report(
      fail(static_cast<Status>(why), "%s was made before the fork, by the parent", handle).error(),
      into);
}

template <typename Body>
zest_status guard(zest_error* error, Body body) noexcept {
  try {
    const sys::fault::Inside inside;
    return body();
  } catch (const std::bad_alloc&) {
    return report(Status::out_of_memory, "out of memory", error);
  } catch (...) {
    return report(Status::internal, "unexpected exception", error);
  }
}

template <typename Body>
zest_status guard(Body body) noexcept {
  return guard(nullptr, body);
}

}  // namespace zest::capi
