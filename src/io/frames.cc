#include "io/frames.h"

#include <new>
#include <utility>

namespace zest::io {

// Stands before each frame.
struct alignas(std::max_align_t) FramePool::Block {
  FramePool* pool;
  union {
    Block* next;   // while it is free
    size_t index;  // of its class, while it is in use
  };
};

FramePool::~FramePool() {
  for (Block* block : free_)
    while (block) ::operator delete(std::exchange(block, block->next));
}

void* FramePool::make(FramePool* pool, size_t index, size_t size) {
  auto* block = static_cast<Block*>(::operator new(sizeof(Block) + size));
  block->pool = pool;
  block->index = index;
  return block + 1;
}

void* FramePool::allocate(size_t size) {
  const size_t index = (size - 1) / step;
  if (index >= classes) {
    ++allocations_;
    return allocate_plain(size);
  }
  if (Block* block = free_[index]) {
    free_[index] = block->next;
    block->index = index;
    return block + 1;
  }
  ++allocations_;
  return make(this, index, (index + 1) * step);
}

void* FramePool::allocate_plain(size_t size) { return make(nullptr, 0, size); }

void FramePool::release(void* frame) {
  Block* block = static_cast<Block*>(frame) - 1;
  FramePool* pool = block->pool;
  if (!pool) return ::operator delete(block);
  Block*& head = pool->free_[block->index];
  block->next = head;
  head = block;
}

}  // namespace zest::io
