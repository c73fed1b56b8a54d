#include "io/uring/uring_backend.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

#include "base/clock.h"
#include "sys/fault.h"

namespace zest::io {
namespace {

// The completion of a cancel request itself: nobody waits for it.
constexpr uint64_t nobody = 0;
constexpr int64_t retry_ns = 5 * ns_per_ms;

void prepare(io_uring_sqe* entry, Op& op) {
  const Request& request = op.request();
  constexpr int accept_flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
  // One that finds none although there seemed to be some (memory is short) waits in the ring.
  const uint32_t send_flags =
      request.room == Room::came ? MSG_NOSIGNAL : MSG_NOSIGNAL | MSG_DONTWAIT;
  if (request.room == Room::awaited) {
    io_uring_prep_poll_add(entry, request.fd, POLLOUT);
    return io_uring_sqe_set_data(entry, &op);
  }
  switch (request.kind) {
    case Kind::accept:
      if (request.multishot) {
        io_uring_prep_multishot_accept(entry, request.fd, nullptr, nullptr, accept_flags);
      } else {
        io_uring_prep_accept(entry, request.fd, nullptr, nullptr, accept_flags);
      }
      break;
    case Kind::recv:
      io_uring_prep_recv(entry, request.fd, request.bytes, request.size,
                         static_cast<int>(request.flags));
      break;
    case Kind::recv_pooled:
      if (request.multishot) {
        io_uring_prep_recv_multishot(entry, request.fd, nullptr, 0, 0);
      } else {
        io_uring_prep_recv(entry, request.fd, nullptr, 0, 0);
      }
      entry->flags |= IOSQE_BUFFER_SELECT;
      entry->buf_group = ProvidedBuffers::group;
      break;
    case Kind::send:
      io_uring_prep_send(entry, request.fd, request.const_bytes, request.size,
                         static_cast<int>(request.flags | send_flags));
      break;
    case Kind::send_message:
      io_uring_prep_sendmsg(entry, request.fd, request.message, request.flags | send_flags);
      break;
    case Kind::connect:
      io_uring_prep_connect(entry, request.fd, request.address, request.size);
      break;
    case Kind::poll:
      if (request.multishot) {
        io_uring_prep_poll_multishot(entry, request.fd, request.flags);
      } else {
        io_uring_prep_poll_add(entry, request.fd, request.flags);
      }
      break;
    case Kind::none: ZEST_ASSERT(false);
  }
  io_uring_sqe_set_data(entry, &op);
}

// The kernel is short of memory, or of room for completions.
bool is_shortage(int result) { return result == -EAGAIN || result == -EBUSY || result == -ENOMEM; }

Event event_of(const io_uring_cqe& cqe) {
  return {.op = static_cast<Op*>(io_uring_cqe_get_data(&cqe)),
          .result = cqe.res,
          .more = (cqe.flags & IORING_CQE_F_MORE) != 0,
          .has_buffer = (cqe.flags & IORING_CQE_F_BUFFER) != 0,
          .buffer_id = static_cast<uint16_t>(cqe.flags >> IORING_CQE_BUFFER_SHIFT)};
}

}  // namespace

Result<std::unique_ptr<UringBackend>> UringBackend::create(const RingOptions& options,
                                                           BufferPool* pool) {
  Result<Ring> ring = Ring::create(options);
  if (!ring) return fail(ring.error());
  auto backend = std::unique_ptr<UringBackend>(new UringBackend(std::move(*ring)));
  if (pool) {
    auto provided = ProvidedBuffers::create(backend->ring_.get(), *pool);
    if (!provided) return fail(provided.error());
    backend->provided_ = std::move(*provided);
  }
  return backend;
}

// A full submission ring is normal: hand over what is in it and go on. Null only if the kernel
// takes nothing at the moment (its completion ring is full, or it is out of memory).
io_uring_sqe* UringBackend::next_entry() {
  io_uring_sqe* entry = io_uring_get_sqe(&ring_.get());
  if (entry) return entry;
  ++counters_.enters;
  if (sys::fault::at("io_uring_submit", EBUSY)) return nullptr;
  heed(io_uring_submit(&ring_.get()));
  return io_uring_get_sqe(&ring_.get());
}

void UringBackend::start(Op& op) {
  if (failed_) return never_submitted_.push_back(op);
  io_uring_sqe* entry = waiting_.empty() ? next_entry() : nullptr;
  if (!entry) return waiting_.push_back(op);
  prepare(entry, op);
}

void UringBackend::start_waiting() {
  while (Op* op = waiting_.front()) {
    io_uring_sqe* entry = next_entry();
    if (!entry) return;
    op->unlink();
    prepare(entry, *op);
  }
}

void UringBackend::cancel(Op& op) {
  if (op.linked()) {
    if (op.request().room == Room::watched) rooms_.remove(op);
    op.unlink();
    return never_submitted_.push_back(op);
  }
  if (failed_) return never_submitted_.push_back(op);
  cancelling_.push_back(op);
  prepare_cancel(op);
}

void UringBackend::prepare_cancel(Op& op) {
  const bool fails = sys::fault::at("io_uring cancel", EBUSY) != 0;
  io_uring_sqe* entry = fails ? nullptr : next_entry();
  if (!entry) {
    missed_ = true;
    return;
  }
  io_uring_prep_cancel(entry, &op, 0);
  entry->user_data = nobody;
}

void UringBackend::cancel_again() {
  missed_ = false;
  List<Op> again;
  cancelling_.move_to(again);
  while (Op* op = again.pop_front()) {
    cancelling_.push_back(*op);
    prepare_cancel(*op);
  }
}

// Not the ring's own fd: with DEFER_TASKRUN the kernel prepares a completion only when it is asked
// for one, and wakes nobody who polls the ring. It does ring an eventfd.
Result<int> UringBackend::bell() {
  auto bell = sys::Notifier::open(sys::Notifier::Kind::eventfd);
  if (!bell) return fail(bell.error());
  int error = sys::fault::at("io_uring_register_eventfd", ENOMEM);
  if (error == 0) error = -io_uring_register_eventfd(&ring_.get(), bell->fd());
  if (error) return fail_errno(error, "io_uring_register_eventfd");
  bell_ = std::move(*bell);
  return bell_->fd();
}

bool UringBackend::unfinished() const {
  if (failed_) return !never_submitted_.empty() || !cancelling_.empty();
  return io_uring_sq_ready(&ring_.get()) > 0 || io_uring_cq_ready(&ring_.get()) > 0 ||
         io_uring_cq_has_overflow(&ring_.get()) || !waiting_.empty() || !never_submitted_.empty() ||
         !cancelling_.empty() || (!rooms_.empty() && !rooms_watched_);
}

void UringBackend::close_copies() {
  ::close(ring_.get().ring_fd);
  if (bell_) ::close(bell_->fd());
  if (rooms_.fd() >= 0) ::close(rooms_.fd());
}

size_t UringBackend::wait(std::span<Event> into, int64_t timeout_ns) {
  if (failed_) return collect(into);
  start_waiting();
  if (provided_) provided_->stock();
  watch_rooms();
  const bool unwatched = !rooms_.empty() && !rooms_watched_;
  if (!waiting_.empty() || !cancelling_.empty() || unwatched)
    timeout_ns = std::min(timeout_ns, retry_ns);
  if (!never_submitted_.empty()) timeout_ns = 0;
  const bool completed = io_uring_cq_ready(&ring_.get()) > 0;
  if (!completed || io_uring_sq_ready(&ring_.get()) > 0) enter(completed ? 0 : timeout_ns);
  const size_t count = collect(into);
  if (count == 0 || missed_) cancel_again();
  return count;
}

void UringBackend::enter(int64_t timeout_ns) {
  ++counters_.enters;
  if (io_uring_cq_has_overflow(&ring_.get())) ++counters_.cq_overflows;
  const int result = call_enter(timeout_ns);
  heed(result);
  if (!is_shortage(result) || io_uring_cq_ready(&ring_.get()) > 0) return;
  const timespec pause{.tv_sec = 0, .tv_nsec = ns_per_ms};
  ::nanosleep(&pause, nullptr);
}

// What the kernel did not take for a shortage stays in the ring for the next turn. Anything unknown
// is the end: completions are lost for want of memory (EBADR), or a filter denies the call.
void UringBackend::heed(int result) {
  if (result >= 0 || result == -ETIME || result == -EINTR || is_shortage(result)) return;
  if (result == -EEXIST) {
    foreign_ = true;
  } else {
    failed_ = -result;
  }
}

// The ring completes nothing any more. What is cancelled ends here then, once all has been
// collected that had completed before; what the ring did with it afterwards nobody hears.
size_t UringBackend::give_up(std::span<Event> into) {
  if (failed_) cancelling_.move_to(never_submitted_);
  size_t count = 0;
  while (count < into.size() && !never_submitted_.empty())
    into[count++] = {.op = never_submitted_.pop_front(), .result = -ECANCELED};
  if (failed_ && count > 0) deaf_ = true;
  return count;
}

int UringBackend::call_enter(int64_t timeout_ns) {
  if (int error = sys::fault::at("io_uring_enter", {EINTR, EBUSY, ENOMEM})) return -error;
  if (timeout_ns == 0) return io_uring_submit_and_get_events(&ring_.get());
  if (timeout_ns == never_ns) return io_uring_submit_and_wait(&ring_.get(), 1);
  __kernel_timespec timeout{.tv_sec = timeout_ns / ns_per_s, .tv_nsec = timeout_ns % ns_per_s};
  io_uring_cqe* first = nullptr;
  return io_uring_submit_and_wait_timeout(&ring_.get(), &first, 1, &timeout, nullptr);
}

void UringBackend::note_buffer(const Event& event) {
  if (event.has_buffer) provided_->taken();
  if (event.result == -ENOBUFS && event.op->request().kind == Kind::recv_pooled)
    provided_->ran_out();
}

size_t UringBackend::collect(std::span<Event> into) {
  const size_t completed = deaf_ ? 0 : collect_completed(into);
  counters_.completions += completed;
  return completed + give_up(into.subspan(completed));
}

size_t UringBackend::collect_completed(std::span<Event> into) {
  size_t count = 0;
  unsigned seen = 0;
  unsigned head = 0;
  io_uring_cqe* entry = nullptr;
  io_uring_for_each_cqe(&ring_.get(), head, entry) {
    if (count == into.size()) break;
    ++seen;
    if (entry->user_data == nobody) {
      missed_ |= entry->res < 0;
      continue;
    }
    if (entry->user_data == of_rooms) {
      rooms_came();
      continue;
    }
    into[count] = event_of(*entry);
    if (provided_) note_buffer(into[count]);
    if (goes_on(into[count])) continue;
    if (!into[count].more) into[count].op->unlink();  // from cancelling_
    ++count;
  }
  io_uring_cq_advance(&ring_.get(), seen);
  return count;
}

}  // namespace zest::io
