// TLS on a socket of somebody else's, step by step: nothing of it waits, the socket is only ever
// read and written. After the handshake the records are ours or, where that was asked for and can
// be, the kernel's; all of this works alike then.
#pragma once

#include "tls/assembly.h"
#include "tls/engine.h"
#include "tls/kernel.h"

namespace zest::tls {

class Channel {
 public:
  // The socket is borrowed.
  static Result<std::unique_ptr<Channel>> server(int fd,
                                                 std::shared_ptr<const ServerContext> context);
  static Result<std::unique_ptr<Channel>> client(int fd,
                                                 std::shared_ptr<const ClientContext> context,
                                                 const std::string& name);
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  enum class Step : uint8_t {
    done,
    want_read,   // again, once the socket is readable
    want_write,  // again, once it is writable
    ended,       // close_notify came; or, of writing, we have sent ours
    truncated,   // the connection has ended without it
    not_tls,     // the first bytes were none; but for a first byte of 22 the socket still has them
    failed,      // why() says it; the peer has been told, where that is due
    broken,      // error() is the errno
  };
  struct Moved {
    Step step = Step::done;
    size_t size = 0;
  };

  Step handshake();
  bool is_open() const { return kernel_ || engine_->is_open(); }
  // Only `done` brings bytes.
  Moved read(std::span<std::byte> into);
  // What was taken is said to be so also with want_write: then it goes with flush(), or whatever
  // is called next.
  Moved write(std::span<const std::byte> from);
  Step flush();
  // close_notify: we send no more, and may still read.
  Step close();
  // In the kernel: a receive by others has failed with EIO. `done`: receive again.
  Step hear();

  bool in_kernel() const { return kernel_ != nullptr; }
  size_t waiting() const { return plain_.size(); }  // opened, and not read
  // Once open.
  const Facts& facts() const { return kernel_ ? kernel_->facts() : engine_->facts(); }
  const char* why() const;
  int error() const { return error_; }

 private:
  struct Release {
    void operator()(std::byte* memory) const { free(memory); }
  };
  using Memory = std::unique_ptr<std::byte, Release>;

  Channel(int fd, bool serves, const KernelUse& use, std::unique_ptr<Engine> engine)
      : fd_(fd), serves_(serves), use_(use), engine_(std::move(engine)) {}

  // channel.cc
  Step settle();
  Step send_sealed();
  Moved write_to_kernel(std::span<const std::byte> from);
  Step close_in_kernel();
  Step broke(int os_errno);
  Step failure();

  // channel_receive.cc
  Step look_at_first();
  Step receive_record();
  Step receive();
  Step open(std::span<std::byte> bytes);
  Step outcome();
  Moved read_from_kernel(std::span<std::byte> into);
  Step kernel_failed();
  ssize_t receive_into(std::span<std::byte> into, int flags = 0);
  Step nothing_received(ssize_t got);

  const int fd_;
  const bool serves_;
  const KernelUse use_;
  std::unique_ptr<Engine> engine_;  // or a kernel
  std::unique_ptr<Kernel> kernel_;
  bool looked_ = false;     // at the first byte
  bool settled_ = false;    // it is known whose the records are
  bool closed_ = false;     // we send no more
  bool ended_ = false;      // of a kernel's
  bool data_came_ = false;  // of a kernel's, since the last record that was none
  int error_ = 0;
  const char* why_ = "";

  Memory room_;      // while something is being received, and until it has been read
  size_t have_ = 0;  // of a handshake's record
  std::span<std::byte> plain_;
  Assembly assembly_;

  Memory sealed_;  // while something is being sent
  std::span<const std::byte> unsent_;
};

}  // namespace zest::tls
