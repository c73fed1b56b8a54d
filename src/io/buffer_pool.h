// The loop's receive buffers: one mapping, cut into equal pieces that the backend fills. Where a
// free piece waits is the backend's affair (a ring shared with the kernel, or a stack).
//
// The sanitizers do not see the kernel write, so test builds fill what comes back with a pattern,
// poison it for ourselves, and check the pattern beyond the received bytes when it is handed out
// again: a write through a stale buffer is then an assertion, not a riddle.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>

#include "base/result.h"
#include "io/buffer.h"

namespace zest::io {

struct BufferOptions {
  uint32_t count = 0;  // a power of two up to 32768; 0: no pool
  uint32_t size = 32768;
  // Before each piece, for bytes of ours that belong in front of what it receives.
  uint32_t headroom = 0;
};

class Loop;

// Where the backend keeps free pieces.
class BufferShelf {
 public:
  virtual ~BufferShelf() = default;
  virtual void put(uint16_t id) = 0;
  virtual std::optional<uint16_t> take() = 0;
};

class BufferPool {
 public:
  static Result<std::unique_ptr<BufferPool>> create(BufferOptions options);
  ~BufferPool();
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;

  uint32_t count() const { return options_.count; }
  uint32_t size() const { return options_.size; }
  uint32_t headroom() const { return options_.headroom; }
  uint32_t available() const { return available_; }
  uint64_t returned() const { return returned_; }  // how often a piece came back, ever
  std::byte* at(uint16_t id) const { return memory_ + size_t{id} * stride_ + options_.headroom; }

  // The backend, once: all pieces go on its shelf.
  void stock(BufferShelf& shelf);

  // A backend that receives with its own calls: open a piece for writing, and either hand it out or
  // shut it again.
  std::span<std::byte> open(uint16_t id) const;
  void shut(uint16_t id) const;

  // Piece `id` was taken off the shelf with `size` bytes received.
  Buffer hand_out(uint16_t id, uint32_t size);
  // A piece for bytes of our own, all of it; one without memory if none is free.
  Buffer take();
  void take_back(uint16_t id);

  // Whose it is. Called when a piece comes back to an empty shelf.
  void on_refill(Loop& loop, void (*refilled)(Loop& loop)) {
    loop_ = &loop;
    refilled_ = refilled;
  }
  Loop& loop() const { return *loop_; }

 private:
  friend class BufferQueue;

  // Of a piece that is in a BufferQueue.
  struct Link {
    int32_t begin;
    uint32_t size;
    uint16_t next;
  };

  BufferPool(BufferOptions options, std::byte* memory, std::unique_ptr<Link[]> links)
      : options_(options),
        stride_(stride(whole(options))),
        memory_(memory),
        links_(std::move(links)) {}

  static size_t whole(const BufferOptions& options) { return options.headroom + options.size; }
  static size_t stride(size_t size);
  void close_off(uint16_t id) const;
  size_t bytes() const { return options_.count * stride_; }

  BufferOptions options_;
  const size_t stride_;
  std::byte* memory_;
  std::unique_ptr<Link[]> links_;
  BufferShelf* shelf_ = nullptr;
  uint32_t available_ = 0;
  uint64_t returned_ = 0;
  Loop* loop_ = nullptr;
  void (*refilled_)(Loop&) = nullptr;
};

}  // namespace zest::io
