// epoll as a backend, for where io_uring is refused: edge-triggered, one registration per fd, and
// operations carried out with ordinary calls when their fd is ready.
#pragma once

#include <memory>
#include <vector>

#include "base/fd.h"
#include "io/backend.h"

namespace zest::io {

// The shelf of free receive buffers: a stack.
class BufferStack final : public BufferShelf {
 public:
  explicit BufferStack(size_t count) { ids_.reserve(count); }
  void put(uint16_t id) override { ids_.push_back(id); }
  std::optional<uint16_t> take() override {
    if (empty()) return {};
    const uint16_t id = top();
    pop();
    return id;
  }
  bool empty() const { return ids_.empty(); }
  uint16_t top() const { return ids_.back(); }
  void pop() { ids_.pop_back(); }

 private:
  std::vector<uint16_t> ids_;
};

class EpollBackend final : public Backend {
 public:
  // pool may be nullptr.
  static Result<std::unique_ptr<EpollBackend>> create(BufferPool* pool);

  Result<void> attach() override { return {}; }
  void leave() override {}
  bool foreign() const override { return false; }
  void start(Op& op) override;
  void cancel(Op& op) override;
  size_t wait(std::span<Event> into, int64_t timeout_ns) override;
  size_t collect(std::span<Event> into) override;
  void abandon(Op& op) override;
  void forget(int fd) override;
  Result<int> bell() override { return epoll_.get(); }
  void clear_bell() override {}  // wait() takes what made it ring
  bool unfinished() const override { return !ready_.empty(); }
  void close_copies() override { ::close(epoll_.get()); }
  BackendCounters counters() const override { return counters_; }

 private:
  // What is known of an fd: who waits for it, and whether it was ready when last heard of.
  struct Watch {
    Op* reader = nullptr;
    Op* writer = nullptr;
    Op* poller = nullptr;
    bool registered = false;
    bool readable = false;
    bool writable = false;
    // A receive may not take all there is, and no further event tells of the rest: an end that was
    // announced, or urgent data.
    bool short_of_all = false;
  };
  class Batch;

  explicit EpollBackend(Fd epoll) : epoll_(std::move(epoll)) {}

  bool make_room(int fd) noexcept;
  Watch& watch(int fd) { return watches_[static_cast<size_t>(fd)]; }
  bool watched(Op& op);
  int watch_fd(int fd, Watch& watch);
  static bool reads(const Op& op);
  Op*& waiter(Op& op);
  void ready(Op* op);
  void gather(int64_t timeout_ns);
  void note(int fd, uint32_t events);
  void carry_out(Batch& batch);
  void attempt(Op& op, Batch& batch);
  void attempt_accept(Op& op, Batch& batch);
  void attempt_recv(Op& op, Batch& batch);
  void attempt_recv_pooled(Op& op, Batch& batch);
  void attempt_send(Op& op, Batch& batch);
  void attempt_connect(Op& op, Batch& batch);
  void attempt_poll(Op& op, Batch& batch);
  void end(Op& op, Batch& batch, Event event);

  Fd epoll_;
  BufferPool* pool_ = nullptr;
  std::unique_ptr<BufferStack> free_buffers_;
  std::vector<Watch> watches_;  // by fd
  List<Op> ready_;              // worth an attempt
  BackendCounters counters_;
};

}  // namespace zest::io
