// What a host gives us as a connection: is it one?
#pragma once

#include <cstdint>

#include "base/result.h"

namespace zest::sys {

enum class Connected : uint8_t {
  yes,
  not_yet,    // it is being connected
  no_longer,  // the peer has broken it, or could not be reached
};

// Of a stream socket. What is none, listens, or was never connected is an invalid argument.
Result<Connected> connected(int fd);

// Are these two fds of one socket?
Result<bool> same_socket(int a, int b);

}  // namespace zest::sys
