#include "sys/pipe.h"

#include <fcntl.h>

#include <cerrno>
#include <csignal>
#include <ctime>

#include "sys/fault.h"

namespace zest::sys {

Result<Pipe> open_pipe(size_t size) {
  int ends[2];
  int error = fault::at("pipe2", {EMFILE, ENFILE});
  if (error == 0 && ::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) error = errno;
  if (error) return fail_errno(error, "pipe");
  Pipe pipe{.in = Fd(ends[1]), .out = Fd(ends[0])};
  const bool refused = fault::at("F_SETPIPE_SZ", EPERM) != 0;
  if (!refused) ::fcntl(pipe.in.get(), F_SETPIPE_SZ, static_cast<int>(size));
  const int got = ::fcntl(pipe.in.get(), F_GETPIPE_SZ);
  if (got <= 0) return fail_errno(errno, "F_GETPIPE_SZ");
  pipe.size = static_cast<size_t>(got);
  return pipe;
}

namespace {

ssize_t splice(int from, int to, size_t size) {
  if (const int error = fault::at("splice", {ECONNRESET, ENOMEM, EAGAIN})) return -error;
  for (;;) {
    const ssize_t moved =
        ::splice(from, nullptr, to, nullptr, size, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    if (moved >= 0) return moved;
    if (errno != EINTR) return -errno;
  }
}

// splice() knows no MSG_NOSIGNAL, and how the process takes SIGPIPE is not ours to say.
class NoSigpipe {
 public:
  NoSigpipe() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~NoSigpipe() {
    if (sigismember(&before_, SIGPIPE)) return;
    if (raised_) {
      const timespec now{};
      ::sigtimedwait(&pipe_, nullptr, &now);
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  void raised() { raised_ = true; }

 private:
  sigset_t pipe_;
  sigset_t before_;
  bool raised_ = false;
};

}  // namespace

ssize_t splice_in(int socket, const Pipe& pipe, size_t size) {
  return splice(socket, pipe.in.get(), size);
}

ssize_t splice_out(const Pipe& pipe, int socket, size_t size) {
  NoSigpipe guard;
  const ssize_t moved = splice(pipe.out.get(), socket, size);
  if (moved == -EPIPE) guard.raised();
  return moved;
}

}  // namespace zest::sys
