// Failures are values: what happened (Status), the errno behind it, and what was being done.
#pragma once

#include <expected>

#include "base/status.h"
#include "base/text.h"

namespace zest {

struct Error {
  Status status = Status::internal;
  int os_errno = 0;
  Text<256> message;
};

template <typename T>
using Result = std::expected<T, Error>;

// Fail with a sentence of our own.
[[gnu::format(printf, 2, 3)]] std::unexpected<Error> fail(Status status, const char* format, ...);

// Fail with "<what was being done>: <what the errno means>".
[[gnu::format(printf, 2, 3)]] std::unexpected<Error> fail_errno(int os_errno, const char* format,
                                                                ...);

// Hand on somebody else's failure.
inline std::unexpected<Error> fail(const Error& error) { return std::unexpected(error); }

}  // namespace zest
