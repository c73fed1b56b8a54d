#include "sys/notifier.h"

#include <fcntl.h>
#include <sys/eventfd.h>

#include <cerrno>
#include <cstdint>

#include "sys/fault.h"

namespace zest::sys {

Result<Notifier> Notifier::open(Kind kind) {
  Notifier notifier;
  if (int error = fault::at("eventfd", EMFILE)) return fail_errno(error, "open notifier");
  if (kind == Kind::eventfd) {
    notifier.read_ = Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!notifier.read_.valid()) return fail_errno(errno, "eventfd");
    return notifier;
  }
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return fail_errno(errno, "pipe");
  notifier.read_ = Fd(ends[0]);
  notifier.write_ = Fd(ends[1]);
  return notifier;
}

void Notifier::signal() const {
  const uint64_t one = 1;
  // EAGAIN means full, so readable, which is all that is wanted; nothing else can happen here.
  const int fd = write_.valid() ? write_.get() : read_.get();
  while (::write(fd, &one, sizeof one) < 0 && errno == EINTR) {
  }
}

void Notifier::clear() const {
  uint64_t drained[64];
  // An eventfd is emptied by one read; a pipe by reading until it is short.
  for (;;) {
    const ssize_t got = ::read(read_.get(), drained, write_.valid() ? sizeof drained : 8);
    if (got < 0 && errno == EINTR) continue;
    if (got < static_cast<ssize_t>(sizeof drained)) return;
  }
}

}  // namespace zest::sys
