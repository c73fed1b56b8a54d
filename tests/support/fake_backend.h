// A backend without a kernel: it writes down what it is asked for, and answers what the test says.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "io/loop.h"
#include "support/backends.h"

namespace zest::test {

class FakeBackend final : public io::Backend, public io::BufferShelf {
 public:
  // What was asked for, oldest first. Requests are copies: an op may be gone since.
  std::vector<io::Op*> started;
  std::vector<io::Request> requests;
  std::vector<io::Op*> cancelled;
  std::vector<int> forgotten;
  std::vector<uint16_t> shelf;

  // What the next waits give, a batch each.
  void answer(std::vector<io::Event> batch) { batches_.push_back(std::move(batch)); }
  uint16_t take_buffer() {
    const uint16_t id = shelf.back();
    shelf.pop_back();
    return id;
  }

  Result<void> attach() override { return {}; }
  void leave() override {}
  bool foreign() const override { return false; }
  void start(io::Op& op) override {
    started.push_back(&op);
    requests.push_back(op.request());
  }
  void cancel(io::Op& op) override { cancelled.push_back(&op); }
  size_t wait(std::span<io::Event> into, int64_t) override { return collect(into); }
  size_t collect(std::span<io::Event> into) override {
    if (batches_.empty()) return 0;
    const std::vector<io::Event> batch = std::move(batches_.front());
    batches_.pop_front();
    ZEST_ASSERT(batch.size() <= into.size());
    std::copy(batch.begin(), batch.end(), into.begin());
    return batch.size();
  }
  void forget(int fd) override { forgotten.push_back(fd); }
  Result<int> bell() override { return fail(Status::unsupported, "no bell"); }
  void clear_bell() override {}
  bool unfinished() const override { return false; }
  void close_copies() override {}
  io::BackendCounters counters() const override { return {}; }
  void put(uint16_t id) override { shelf.push_back(id); }
  std::optional<uint16_t> take() override {
    if (shelf.empty()) return {};
    return take_buffer();
  }

 private:
  std::deque<std::vector<io::Event>> batches_;
};

// A loop on one; not attached, so that what is started is the test's alone.
struct FakeLoop {
  explicit FakeLoop(io::BufferOptions buffers = {}, const Clock& clock = system_clock());

  FakeBackend* backend = nullptr;
  std::unique_ptr<io::Loop> loop;
};

}  // namespace zest::test
