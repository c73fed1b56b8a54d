// An fd kept in reserve for the moment when there are none left: given up, it lets one more
// connection be served; got back, it tells that there are fds again, without trying an accept.
#pragma once

#include <sys/eventfd.h>

#include <cerrno>

#include "base/fd.h"
#include "sys/fault.h"

namespace zest::acceptor {

class SpareFd {
 public:
  // Get it, or get it back. False: there is none to be had.
  bool acquire() {
    if (fd_.valid()) return true;
    if (!sys::fault::at("spare fd", EMFILE)) fd_ = Fd(::eventfd(0, EFD_CLOEXEC));
    return fd_.valid();
  }
  // False: it was given up before.
  bool give_up() {
    const bool had_one = fd_.valid();
    fd_.reset();
    return had_one;
  }

 private:
  Fd fd_;
};

}  // namespace zest::acceptor
