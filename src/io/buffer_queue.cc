#include "io/buffer_queue.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace zest::io {

void BufferQueue::push(Buffer buffer) {
  if (buffer.size_ == 0) return;
  ZEST_ASSERT(!pool_ || pool_ == buffer.pool_);
  pool_ = std::exchange(buffer.pool_, nullptr);
  const uint16_t id = buffer.id_;
  pool_->links_[id].begin = buffer.begin_;
  pool_->links_[id].size = buffer.size_;
  if (buffers_ == 0) {
    head_ = id;
  } else {
    pool_->links_[tail_].next = id;
  }
  tail_ = id;
  ++buffers_;
  size_ += buffer.size_;
}

std::span<std::byte> BufferQueue::front() const {
  if (buffers_ == 0) return {};
  const BufferPool::Link& link = pool_->links_[head_];
  return {pool_->at(head_) + link.begin + offset_, link.size - offset_};
}

size_t BufferQueue::gather(std::span<iovec> into, size_t most) const {
  size_t pieces = 0;
  uint32_t skip = offset_;
  uint16_t id = head_;
  for (uint32_t left = buffers_; left > 0 && most > 0 && pieces < into.size(); --left) {
    const BufferPool::Link& link = pool_->links_[id];
    const size_t size = std::min<size_t>(link.size - skip, most);
    into[pieces++] = {.iov_base = pool_->at(id) + link.begin + skip, .iov_len = size};
    most -= size;
    skip = 0;
    id = link.next;
  }
  return pieces;
}

void BufferQueue::consume(size_t bytes) {
  ZEST_ASSERT(bytes <= size_);
  size_ -= static_cast<uint32_t>(bytes);
  while (bytes > 0) {
    const size_t rest = pool_->links_[head_].size - offset_;
    if (bytes < rest) {
      offset_ += static_cast<uint32_t>(bytes);
      return;
    }
    bytes -= rest;
    offset_ = 0;
    const uint16_t done = head_;
    head_ = pool_->links_[done].next;
    --buffers_;
    pool_->take_back(done);
  }
}

void BufferQueue::clear() { consume(size_); }

void BufferQueue::take_over(BufferQueue& other) {
  ZEST_ASSERT(empty());
  pool_ = other.pool_;
  size_ = std::exchange(other.size_, 0);
  offset_ = std::exchange(other.offset_, 0);
  buffers_ = std::exchange(other.buffers_, 0);
  head_ = other.head_;
  tail_ = other.tail_;
}

}  // namespace zest::io
