// Who owns the fds of ZEST_LISTENER_ADOPT_FD while zest_listen reads its input.
#pragma once

#include <zest/acceptor.h>

#include "base/fd.h"
#include "capi/sized.h"

namespace zest::capi {

// The fds that a caller's listeners adopt. They are ours from the first moment: those that nobody
// takes from here are closed at the end, whatever else was wrong.
class AdoptedFds {
 public:
  AdoptedFds(const zest_listener_config* configs, size_t count)
      : configs_(configs), count_(count) {}
  ~AdoptedFds() {
    while (next_ < count_) take_next();
  }
  AdoptedFds(const AdoptedFds&) = delete;
  AdoptedFds& operator=(const AdoptedFds&) = delete;

  // None if the next listener adopts none, or the one of a listener before it.
  Fd take_next() {
    const size_t index = next_++;
    const int fd = fd_of(index);
    for (size_t i = 0; fd >= 0 && i < index; ++i)
      if (fd_of(i) == fd) return {};
    return Fd(fd);
  }

 private:
  int fd_of(size_t index) const {
    const size_t stride = configs_->struct_size;
    if (!plausible<zest_listener_config>(stride, sizeof(zest_listener_config))) return -1;
    const zest_listener_config* config = element(configs_, index);
    const bool adopts = config->struct_size == stride && (config->flags & ZEST_LISTENER_ADOPT_FD);
    return adopts ? config->fd : -1;
  }

  const zest_listener_config* const configs_;
  const size_t count_;
  size_t next_ = 0;
};

}  // namespace zest::capi
