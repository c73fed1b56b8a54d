#include "acceptor/fd_reserve.h"

#include <sys/eventfd.h>

#include <cerrno>

#include "sys/fault.h"

namespace zest::acceptor {

FdReserve FdReserve::take() {
  FdReserve reserve;
  while (reserve.kept_.size() < 2 * most && !sys::fault::at("reserve fd", EMFILE)) {
    Fd one(::eventfd(0, EFD_CLOEXEC));
    if (!one.valid()) break;
    reserve.kept_.push_back(std::move(one));
  }
  reserve.kept_.resize(reserve.kept_.size() / 2);
  return reserve;
}

}  // namespace zest::acceptor
