// Connections to others without a loop: begun, looked after, and looked at while they are idle.
#pragma once

#include "sys/address.h"

namespace zest::sys {

// Of a non-blocking socket: 0, EINPROGRESS, or why not.
int begin_connect(int fd, const Address& address);

// What has become of one in progress: 0, EINPROGRESS, or why it came to nothing. Does not wait.
int connect_result(int fd);

// Nothing has come that nobody has read: no byte, no end, no error.
bool is_silent(int fd);

}  // namespace zest::sys
