// A piece of the loop's buffer pool: bytes that arrived, owned by whoever holds this.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace zest::io {

class BufferPool;

// Move-only; gives its memory back when it dies, which must be on the loop's thread and before the
// loop does.
class Buffer {
 public:
  Buffer() = default;
  Buffer(BufferPool& pool, uint16_t id, uint32_t size) : pool_(&pool), size_(size), id_(id) {}
  Buffer(Buffer&& other) noexcept
      : pool_(std::exchange(other.pool_, nullptr)),
        begin_(other.begin_),
        size_(other.size_),
        id_(other.id_) {}
  Buffer& operator=(Buffer&& other) noexcept;
  ~Buffer() {
    if (pool_) release();
  }

  bool holds_memory() const { return pool_ != nullptr; }
  BufferPool* pool() const { return pool_; }
  std::span<std::byte> bytes() const;
  void release();
  // How much can stand before its bytes: the pool's headroom, and what was trimmed off.
  size_t room_before() const;
  // So many bytes before its own are its own, too; there must be room.
  std::span<std::byte> extend_front(uint32_t size);
  // Only these of its bytes are of interest from now on.
  void trim(uint32_t offset, uint32_t size) {
    begin_ += static_cast<int32_t>(offset);
    size_ = size;
  }

 private:
  friend class BufferQueue;

  BufferPool* pool_ = nullptr;
  int32_t begin_ = 0;  // negative in the headroom
  uint32_t size_ = 0;
  uint16_t id_ = 0;
};

}  // namespace zest::io
