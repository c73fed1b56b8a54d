// Memory for coroutine frames, used again and again: once warm, a task allocates nothing.
//
// A coroutine whose first parameter (or *this) has frames() takes its frame from there; any other
// takes it from the heap.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>

namespace zest::io {

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
  struct Block;
  static constexpr size_t step = 128;
  static constexpr size_t classes = 32;  // up to 4 KiB; what is larger comes from the heap

  static void* make(FramePool* pool, size_t index, size_t size);

  std::array<Block*, classes> free_{};
  size_t allocations_ = 0;
};

template <typename T>
concept HasFrames = requires(T& owner) {
  { owner.frames() } -> std::same_as<FramePool&>;
};

}  // namespace zest::io
