#include "io/watch.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <cerrno>

#include "sys/fault.h"

namespace zest::io {

Result<std::unique_ptr<Watch>> Watch::create(const sys::Notifier& notifier) {
  auto alarm = sys::Alarm::open();
  if (!alarm) return fail(alarm.error());
  if (int error = sys::fault::at("epoll_create1", EMFILE))
    return fail_errno(error, "epoll_create1");
  Fd set(::epoll_create1(EPOLL_CLOEXEC));
  if (!set.valid()) return fail_errno(errno, "epoll_create1");
  auto watch = std::unique_ptr<Watch>(new Watch(notifier, std::move(set), std::move(*alarm)));
  for (const int fd : {notifier.fd(), watch->alarm_.fd()})
    if (auto added = watch->add(fd); !added) return fail(added.error());
  return watch;
}

Result<void> Watch::add(int fd) const {
  if (int error = sys::fault::at("epoll_ctl", {ENOMEM, ENOSPC}))
    return fail_errno(error, "epoll_ctl");
  epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
  if (::epoll_ctl(set_.get(), EPOLL_CTL_ADD, fd, &event) != 0)
    return fail_errno(errno, "epoll_ctl");
  return {};
}

// The next turn puts the backend's bell into the set; it is due at once.
int Watch::ask() {
  if (!asked_.exchange(true, std::memory_order_release)) notifier_.signal();
  return set_.get();
}

void Watch::before_turn(Backend& backend) {
  if (!asked_.load(std::memory_order_acquire)) return;
  if (!belled_) {
    const Result<int> bell = backend.bell();
    belled_ = bell && add(*bell);
  }
  if (belled_) backend.clear_bell();
}

// Without the bell there is no telling when something completes: then every turn asks for another.
void Watch::after_turn(int64_t next_ns, bool again) {
  if (!asked_.load(std::memory_order_acquire)) return;
  if (next_ns != alarm_ns_) alarm_.set(alarm_ns_ = next_ns);
  if (again || !belled_) notifier_.signal();
}

void Watch::close_copies() const {
  ::close(set_.get());
  ::close(alarm_.fd());
}

}  // namespace zest::io
