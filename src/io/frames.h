// Memory for coroutine frames, used again and again: once warm, a task allocates nothing.
//
// A coroutine whose first parameter (or *this) has frames() takes its frame from there, one whose
// second is a FrameStack from that; any other takes it from the heap.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

namespace zest::io {

class FrameStack;

// One thread's. Outlives its frames.
class FramePool {
 public:
  FramePool() = default;
  FramePool(const FramePool&) = delete;
  FramePool& operator=(const FramePool&) = delete;
  ~FramePool();

  // Throws std::bad_alloc.
  void* allocate(size_t size);
  static void* allocate_plain(size_t size);
  static void release(void* frame);

  size_t allocations() const { return allocations_; }  // asked of the heap, ever

 private:
  friend class FrameStack;
  struct Block;
  static constexpr size_t step = 128;
  static constexpr size_t classes = 32;  // up to 4 KiB; what is larger comes from the heap

  static void* make(FramePool* pool, size_t index, size_t size);

  std::array<Block*, classes> free_{};
  size_t allocations_ = 0;
};

// Frames of tasks that wait for each other, in memory that their owner brings along: neighbours,
// and nothing to ask for once the owner is there. They end from the top; one that ends below others
// gives its place back when those have ended. What finds no room comes from the pool `beyond`.
class FrameStack {
 public:
  FrameStack(FramePool& beyond, std::span<std::byte> memory) : beyond_(beyond), memory_(memory) {}
  FrameStack(const FrameStack&) = delete;
  FrameStack& operator=(const FrameStack&) = delete;
  ~FrameStack();

  void* allocate(size_t size);
  size_t used() const { return count_ ? ends_[count_ - 1] : 0; }

 private:
  friend class FramePool;
  static constexpr size_t frames_max = 16;

  void free(const void* block);

  FramePool& beyond_;
  const std::span<std::byte> memory_;  // aligned for anything
  uint16_t count_ = 0;
  uint16_t ended_ = 0;  // a bit for each below the top that has
  std::array<uint16_t, frames_max> ends_{};
};

template <typename T>
concept HasFrames = requires(T& owner, size_t size) {
  { owner.frames().allocate(size) } -> std::same_as<void*>;
};

}  // namespace zest::io
