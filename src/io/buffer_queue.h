// Received bytes in order, in the buffers they arrived in. It is 24 bytes and allocates nothing:
// the links stand beside the pool's buffers.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "io/buffer_pool.h"

namespace zest::io {

class BufferQueue {
 public:
  BufferQueue() = default;
  explicit BufferQueue(BufferPool* pool) : pool_(pool) {}
  BufferQueue(const BufferQueue&) = delete;
  BufferQueue& operator=(const BufferQueue&) = delete;
  ~BufferQueue() { clear(); }

  BufferPool& pool() const { return *pool_; }
  bool empty() const { return buffers_ == 0; }
  size_t size() const { return size_; }  // bytes
  uint32_t buffers() const { return buffers_; }

  void push(Buffer buffer);

  // What stands first and in one piece.
  std::span<std::byte> front() const;
  // The first `most` bytes as pieces; returns how many pieces. They stay valid until consumed.
  size_t gather(std::span<iovec> into, size_t most) const;

  void consume(size_t bytes);
  void clear();
  // All that another holds; this is empty.
  void take_over(BufferQueue& other);

 private:
  BufferPool* pool_ = nullptr;
  uint32_t size_ = 0;    // no pool has 4 GB
  uint32_t offset_ = 0;  // of the first buffer, consumed already
  uint32_t buffers_ = 0;
  uint16_t head_ = 0;
  uint16_t tail_ = 0;
};

}  // namespace zest::io
