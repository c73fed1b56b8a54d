// Sockets to listen on: opened and bound here, set to listening when somebody is there to accept.
#pragma once

#include "base/fd.h"
#include "net/socket_options.h"
#include "net/unix_path.h"
#include "sys/address.h"

namespace zest::net {

enum class Protocol { tcp, udp, local };

struct BindOptions {
  Protocol protocol = Protocol::tcp;
  bool reuseport = false;
  uint32_t unix_mode = 0;  // permissions of a Unix socket's file; 0: by the umask
  SocketOptions socket;
};

struct Bound {
  Fd fd;
  sys::Address address;  // with the port that the kernel chose
  UnixPath path;         // of a Unix socket
};

Result<Bound> bind_socket(const sys::Address& address, const BindOptions& options);

// A socket that somebody else has bound: checks that it is what it should be, and takes it. Of the
// options, those that can still be set are.
Result<Bound> adopt_socket(Fd fd, const BindOptions& options);

// Is the port free of strangers? A bind with SO_REUSEPORT would silently share it with another
// server of the same user; one without is refused as long as anybody listens.
Result<void> probe_port(const sys::Address& address, const BindOptions& options);

// A file left behind by a server that is gone would make bind fail for ever. True if one was
// removed.
Result<bool> remove_stale_unix(const sys::Address& address);

// From now on no handshake begins on this TCP socket; those begun are finished, also where they
// were to wait for the first bytes. (A classic BPF socket filter that drops a SYN without ACK;
// clients repeat theirs.)
Result<void> refuse_handshakes(int listening_fd);

// From now on no handshake is finished on this TCP socket, while new ones may begin: their other
// half comes again, from a client that has something to say at once. For the moment before a close
// that migrates.
Result<void> refuse_completions(int listening_fd);

// Group-wide: the socket with the index of the CPU that the packet came in on, of `count` sockets
// in the order in which they began to listen (SO_ATTACH_REUSEPORT_CBPF).
Result<void> steer_by_cpu(int listening_fd, uint32_t count);

}  // namespace zest::net
