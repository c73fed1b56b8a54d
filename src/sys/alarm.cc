#include "sys/alarm.h"

#include <sys/timerfd.h>

#include <algorithm>
#include <cerrno>

#include "base/clock.h"
#include "sys/fault.h"

namespace zest::sys {

Result<Alarm> Alarm::open() {
  if (int error = fault::at("timerfd_create", EMFILE)) return fail_errno(error, "timerfd_create");
  Fd fd(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!fd.valid()) return fail_errno(errno, "timerfd_create");
  return Alarm(std::move(fd));
}

void Alarm::set(int64_t at_ns) const {
  itimerspec when{};  // zero: off; so a moment long past is one nanosecond after the beginning
  if (at_ns != never_ns) {
    const int64_t told_ns = std::max<int64_t>(at_ns, 1);
    when.it_value = {.tv_sec = told_ns / ns_per_s, .tv_nsec = told_ns % ns_per_s};
  }
  ::timerfd_settime(fd_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
}

}  // namespace zest::sys
