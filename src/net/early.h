// The first bytes of a connection, looked at where they are: in the kernel, so that whoever gets
// the socket next finds it as it came.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/fd.h"

namespace zest::net {

// How many stand there, as many as there is room for; 0: the peer has ended; or -errno.
int64_t peek(int fd, std::span<std::byte> into);

// Takes the first so many bytes, which have been looked at, away.
bool drop(int fd, size_t size);

// What has arrived is all that will.
bool is_last(int fd);

// The socket is readable once so many bytes are there, or its peer has ended. Not all kinds can: a
// Unix socket is so with the first.
bool wake_at(int fd, size_t size);

// The same socket as another fd, which no loop has seen: for whoever waits for it elsewhere.
// Invalid: out of fds.
Fd duplicate(int fd);

}  // namespace zest::net
