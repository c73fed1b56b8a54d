#include "io/uring/room_watch.h"

#include <sys/epoll.h>

#include <cerrno>

#include "sys/fault.h"

namespace zest::io {

int RoomWatch::open() {
  if (set_) return 0;
  const int error = sys::fault::at("epoll_create1", EMFILE);
  Fd made(error ? -1 : ::epoll_create1(EPOLL_CLOEXEC));
  if (!made.valid()) return error ? error : errno;
  set_ = std::move(made);
  return 0;
}

int RoomWatch::add(Op& op) {
  if (const int error = open()) return error;
  if (const int error = sys::fault::at("epoll_ctl", ENOMEM)) return error;
  epoll_event event{.events = EPOLLOUT, .data = {.ptr = &op}};
  if (::epoll_ctl(set_->get(), EPOLL_CTL_ADD, op.request().fd, &event) != 0) return errno;
  op.set_room(Room::watched);
  waiting_.push_back(op);
  return 0;
}

void RoomWatch::remove(Op& op) {
  ::epoll_ctl(set_->get(), EPOLL_CTL_DEL, op.request().fd, nullptr);
  op.set_room(Room::unasked);
  op.unlink();
}

Op* RoomWatch::next() {
  epoll_event event{};
  if (empty() || ::epoll_wait(set_->get(), &event, 1, 0) != 1) return nullptr;
  auto* op = static_cast<Op*>(event.data.ptr);
  remove(*op);
  return op;
}

}  // namespace zest::io
