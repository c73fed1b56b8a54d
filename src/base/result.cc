#include "base/result.h"

#include <cstring>

#include "base/printable.h"

namespace zest {

std::unexpected<Error> fail(Status status, const char* format, ...) {
  Error error{.status = status};
  va_list arguments;
  va_start(arguments, format);
  error.message.append_list(format, arguments);
  va_end(arguments);
  error.message = printable(error.message);
  return std::unexpected(error);
}

std::unexpected<Error> fail_errno(int os_errno, const char* format, ...) {
  Error error{.status = status_of_errno(os_errno), .os_errno = os_errno};
  va_list arguments;
  va_start(arguments, format);
  error.message.append_list(format, arguments);
  va_end(arguments);
  error.message = printable(error.message);
  // strerror is not for several threads, and strerror_l wants a locale; this one allocates nothing.
  const char* meaning = strerrordesc_np(os_errno);
  error.message.append(": %s", meaning ? meaning : "unknown error");
  return std::unexpected(error);
}

}  // namespace zest
