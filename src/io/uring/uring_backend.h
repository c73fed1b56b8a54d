// io_uring as a backend.
#pragma once

#include <memory>
#include <optional>

#include "io/backend.h"
#include "io/uring/provided_buffers.h"
#include "io/uring/ring.h"
#include "io/uring/room_watch.h"
#include "sys/notifier.h"

namespace zest::io {

class UringBackend final : public Backend {
 public:
  // pool may be nullptr.
  static Result<std::unique_ptr<UringBackend>> create(const RingOptions& options, BufferPool* pool);

  Result<void> attach() override { return ring_.enable(); }
  void leave() override {
    left_ = true;
    ring_.leave();
  }
  bool foreign() const override { return foreign_; }
  int failed() const override { return failed_; }
  void start(Op& op) override;
  void cancel(Op& op) override;
  size_t wait(std::span<Event> into, int64_t timeout_ns) override;
  size_t collect(std::span<Event> into) override;
  void forget(int) override {}
  Result<int> bell() override;
  void clear_bell() override {
    if (bell_) bell_->clear();
  }
  bool unfinished() const override;
  void close_copies() override;
  BackendCounters counters() const override { return counters_; }

 private:
  // Of the poll for rooms_: no op has this address.
  static constexpr uint64_t of_rooms = 1;

  explicit UringBackend(Ring ring) : ring_(std::move(ring)) {}

  io_uring_sqe* next_entry();
  void enter(int64_t timeout_ns);
  void heed(int result);
  int call_enter(int64_t timeout_ns);
  void start_waiting();
  void cancel_again();
  void prepare_cancel(Op& op);
  size_t collect_completed(std::span<Event> into);
  size_t give_up(std::span<Event> into);
  void note_buffer(const Event& event);
  bool goes_on(Event& event);
  bool found_room(Event& event);
  bool waits_for_room(Event& event);
  void watch_rooms();
  void rooms_came();

  Ring ring_;
  std::unique_ptr<ProvidedBuffers> provided_;
  // Started while the submission ring was full and the kernel took nothing; and of these, those
  // that were cancelled before it did. Of a ring that has failed: all that is to end.
  List<Op> waiting_;
  List<Op> never_submitted_;
  // Cancelled, and not completed yet: a cancel can miss a request that is just being run, so it is
  // repeated until the request has ended.
  List<Op> cancelling_;
  // True exactly after a cancel that found nothing, or no entry, until the next are made: others
  // may complete all the time, and no wait be in vain.
  bool missed_ = false;
  RoomWatch rooms_;
  bool rooms_watched_ = false;  // true while the ring polls them
  std::optional<sys::Notifier> bell_;
  BackendCounters counters_;
  bool foreign_ = false;
  bool left_ = false;
  int failed_ = 0;
  bool deaf_ = false;  // it has failed, and ops were given up whose completions may still come
};

}  // namespace zest::io
