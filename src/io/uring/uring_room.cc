// Sends that find no room, and what waits for it.
#include <poll.h>

#include <cerrno>

#include "io/uring/uring_backend.h"

namespace zest::io {
namespace {

bool cancelled(Event& event) {
  event.result = -ECANCELED;
  return false;
}

}  // namespace

// Not the end of an op: a send has found no room in the socket, or the wait for it has ended. (A
// send that waited in the ring would never let go of a peer that has ended: see room_watch.h.)
bool UringBackend::goes_on(Event& event) {
  Op& op = *event.op;
  const Request& request = op.request();
  if (request.room == Room::awaited) return found_room(event);
  const bool sends = request.kind == Kind::send || request.kind == Kind::send_message;
  if (sends && event.result == -EAGAIN && request.room == Room::unasked) {
    if (op.cancelling() || left_ || failed_) return cancelled(event);
    op.set_room(Room::awaited);
    start(op);
    return true;
  }
  const bool for_room = request.kind == Kind::poll && !request.repeat && (request.flags & POLLOUT);
  return for_room && event.result > 0 && waits_for_room(event);
}

bool UringBackend::found_room(Event& event) {
  event.op->set_room(event.result < 0 ? Room::unasked : Room::came);
  if (event.result < 0) return false;
  if (event.op->cancelling() || left_ || failed_) return cancelled(event);
  if (waits_for_room(event)) return true;
  if (event.result < 0) return false;
  start(*event.op);
  return true;
}

// True if all that the poll has to tell is an end that nobody asked for.
bool UringBackend::waits_for_room(Event& event) {
  Op& op = *event.op;
  const uint32_t asked = op.request().kind == Kind::poll ? op.request().flags : uint32_t{POLLOUT};
  const uint32_t wanted = asked | POLLERR | POLLHUP | POLLNVAL;
  if ((static_cast<uint32_t>(event.result) & wanted) || op.cancelling() || left_ || failed_)
    return false;
  const int error = rooms_.add(op);
  if (error) event.result = -error;
  return error == 0;
}

void UringBackend::watch_rooms() {
  if (rooms_.empty() || rooms_watched_) return;
  io_uring_sqe* entry = next_entry();
  if (!entry) return;
  io_uring_prep_poll_add(entry, rooms_.fd(), POLLIN);
  entry->user_data = of_rooms;
  rooms_watched_ = true;
}

void UringBackend::rooms_came() {
  rooms_watched_ = false;
  if (left_ || failed_) return;
  while (Op* op = rooms_.next()) start(*op);
}

}  // namespace zest::io
