#include "zproxy/signals.h"

#include <sys/signalfd.h>

#include <cerrno>
#include <csignal>

namespace zest::zproxy {

Result<Signals> Signals::open() {
  sigset_t wanted;
  sigemptyset(&wanted);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) sigaddset(&wanted, signal);
  sigset_t blocked = wanted;
  sigaddset(&blocked, SIGPIPE);
  if (const int error = pthread_sigmask(SIG_BLOCK, &blocked, nullptr))
    return fail_errno(error, "block signals");
  Fd fd(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd.valid()) return fail_errno(errno, "signalfd");
  return Signals(std::move(fd));
}

int Signals::next() const {
  signalfd_siginfo info{};
  const ssize_t got = ::read(fd_.get(), &info, sizeof info);
  return got == sizeof info ? static_cast<int>(info.ssi_signo) : 0;
}

}  // namespace zest::zproxy
