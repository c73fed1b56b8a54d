// Memory for many objects of one size, next to each other in blocks of their own: no header before
// each, no holes that short-lived neighbours leave, and a block that is empty goes back.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/list.h"

namespace zest::io {

// One thread's. Outlives what it has lent.
class Slab {
 public:
  explicit Slab(size_t object_size);
  Slab(const Slab&) = delete;
  Slab& operator=(const Slab&) = delete;
  ~Slab();

  void* allocate() noexcept;  // nullptr: no memory
  static void free(void* place) noexcept;

  size_t blocks() const { return blocks_; }

 private:
  struct Block;
  // A place finds its block by its address. What a heap needs between two of them is left to it:
  // else every second place for a block would be lost.
  static constexpr size_t block_alignment = 32 * 1024;
  static constexpr size_t block_size = block_alignment - 2 * sizeof(size_t);

  bool add_block() noexcept;
  void give_back(Block& block) noexcept;
  void take_back(Block& block, void* place) noexcept;

  const size_t object_size_;
  size_t blocks_ = 0;
  List<Block> with_room_;
  Block* spare_ = nullptr;  // one that is empty
};

}  // namespace zest::io
