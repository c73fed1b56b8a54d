// Socket calls: each one syscall, checked, named in its error, and known to the fault injector.
#pragma once

#include "base/fd.h"
#include "base/result.h"
#include "sys/address.h"

namespace zest::sys {

// All sockets are close-on-exec and non-blocking.
Result<Fd> open_socket(int family, int type);

Result<void> set_option(int fd, int level, int name, const void* value, socklen_t size,
                        const char* words);
Result<void> set_option(int fd, int level, int name, int value, const char* words);
Result<int> get_option(int fd, int level, int name, const char* words);

Result<void> bind(int fd, const Address& address);
Result<void> listen(int fd, int backlog);
Result<Address> local_address(int fd);
Result<Address> peer_address(int fd);
Result<void> set_nonblocking(int fd);
Result<void> set_close_on_exec(int fd);

// A connected fd, or -errno: no Error is built where EAGAIN is an everyday answer.
int accept(int fd);

// A socket of others, as our loops want it: connected, a stream, non-blocking and close-on-exec.
Result<void> adopt_connection(int fd);

// Out of fds or memory: the same call may succeed in a moment, and nobody else is to blame.
bool is_shortage(int os_errno);

// What a listening TCP socket's accept queue holds and may hold: getsockopt(TCP_INFO) tells both.
struct AcceptQueue {
  uint32_t depth = 0;
  uint32_t most = 0;
};
Result<AcceptQueue> accept_queue(int fd);

}  // namespace zest::sys
