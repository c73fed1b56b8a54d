// Plain blocking sockets for the other end of a test.
#pragma once

#include <string>
#include <string_view>

#include "base/fd.h"
#include "sys/address.h"

namespace zest::test {

struct Listening {
  Fd fd;
  sys::Address address;
};

Listening listening(int backlog = 128, bool nonblocking = true);
Fd connected_to(const sys::Address& address);
Fd unconnected();  // a non-blocking TCP socket

struct Pair {
  Fd near;
  Fd far;
};
Pair tcp_pair();  // near is non-blocking

// The peer sees a reset instead of an end of stream.
void reset_on_close(const Fd& fd);

// Sends until nothing more goes, and nothing more is about to: what was sent may still be on its
// way to the peer's buffer, where it frees room here.
void fill_up(const Fd& fd);

void write_all(const Fd& fd, std::string_view bytes);
std::string read_exactly(const Fd& fd, size_t size);  // shorter at the end of the stream
std::string read_to_end(const Fd& fd);

// Bytes of which each tells its place in the stream.
std::string pattern(size_t size, unsigned seed = 0);

}  // namespace zest::test
