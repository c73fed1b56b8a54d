#include "io/frames.h"

#include <new>
#include <utility>

#include "base/assert.h"

namespace zest::io {

// Stands before each frame.
struct alignas(std::max_align_t) FramePool::Block {
  FramePool* pool;
  union {
    Block* next;        // while it is free
    size_t index;       // of its class, while it is in use
    FrameStack* stack;  // where there is no pool; nullptr: the heap's
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
  if (!pool && block->stack) return block->stack->free(block);
  if (!pool) return ::operator delete(block);
  Block*& head = pool->free_[block->index];
  block->next = head;
  head = block;
}

FrameStack::~FrameStack() { ZEST_ASSERT(count_ == 0); }

void* FrameStack::allocate(size_t size) {
  using Block = FramePool::Block;
  const size_t begin = used();
  const size_t end =
      begin + (sizeof(Block) + size + alignof(Block) - 1) / alignof(Block) * alignof(Block);
  if (end > memory_.size() || count_ == frames_max) return beyond_.allocate(size);
  ends_[count_++] = static_cast<uint16_t>(end);
  auto* block = new (memory_.data() + begin) Block{.pool = nullptr, .stack = this};
  return block + 1;
}

void FrameStack::free(const void* block) {
  const auto begin = static_cast<size_t>(static_cast<const std::byte*>(block) - memory_.data());
  unsigned which = count_ - 1U;
  while (which > 0 && ends_[which - 1] != begin) --which;
  ended_ |= static_cast<uint16_t>(1U << which);
  for (; count_ > 0 && (ended_ >> (count_ - 1) & 1); --count_)
    ended_ &= static_cast<uint16_t>(~(1U << (count_ - 1)));
}

}  // namespace zest::io
