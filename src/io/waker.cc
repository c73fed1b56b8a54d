#include "io/waker.h"

namespace zest::io {

bool Waker::suspend(std::coroutine_handle<> waiting, int64_t deadline_ns, bool settling) {
  ZEST_ASSERT(!waiting_);
  result_ = -ECANCELED;
  if (scope_.cancelled() && !settling) return false;
  waiting_ = waiting;
  if (!settling) scope_.wakers_.push_back(*this);
  if (deadline_ns != never_ns) scope_.loop_.start_timer(timer_, deadline_ns);
  return true;
}

void Waker::resume(int32_t result) {
  timer_.stop();
  unlink();
  result_ = result;
  std::exchange(waiting_, nullptr).resume();
}

}  // namespace zest::io
