// A pipe as the place where bytes wait between two sockets, without passing through our memory.
#pragma once

#include "base/fd.h"
#include "base/result.h"

namespace zest::sys {

struct Pipe {
  Fd in;   // write end
  Fd out;  // read end
  size_t size = 0;
};

// Of this size, or of what the system lets us have.
Result<Pipe> open_pipe(size_t size);

// Moves up to `size` bytes: how many, 0 at the end, or -errno. Neither waits.
ssize_t splice_in(int socket, const Pipe& pipe, size_t size);
// Raises no SIGPIPE.
ssize_t splice_out(const Pipe& pipe, int socket, size_t size);

}  // namespace zest::sys
