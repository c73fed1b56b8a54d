#include "io/slab.h"

#include <bit>
#include <cerrno>
#include <cstdlib>
#include <new>

#include "base/assert.h"
#include "base/poison.h"
#include "sys/fault.h"

namespace zest::io {
namespace {

struct Free {
  Free* next;
};

// A type's size is a multiple of its alignment, and the first place is aligned for any.
constexpr size_t with_link(size_t size) {
  return (size + sizeof(Free) - 1) / sizeof(Free) * sizeof(Free);
}

}  // namespace

struct alignas(std::max_align_t) Slab::Block : ListNode {
  Slab* owner;
  size_t used = 0;
  Free* free = nullptr;
  std::byte* fresh;  // from here on nothing was ever lent: those pages are not touched yet

  explicit Block(Slab& slab) : owner(&slab), fresh(reinterpret_cast<std::byte*>(this + 1)) {}
  std::byte* end() { return reinterpret_cast<std::byte*>(this) + block_size; }
  bool has_room() { return free || fresh + owner->object_size_ <= end(); }
  void* take() {
    ++used;
    void* place = free ? static_cast<void*>(free) : fresh;
    ASAN_UNPOISON_MEMORY_REGION(place, owner->object_size_);
    if (free) {
      free = free->next;
    } else {
      fresh += owner->object_size_;
    }
    return place;
  }
};

Slab::Slab(size_t object_size) : object_size_(with_link(object_size)) {
  ZEST_ASSERT(object_size_ <= block_size / 8);
}

Slab::~Slab() {
  if (spare_) give_back(*spare_);
  ZEST_ASSERT(blocks_ == 0);
}

bool Slab::add_block() noexcept {
  void* memory = nullptr;
  if (sys::fault::at("posix_memalign", ENOMEM)) return false;
  if (::posix_memalign(&memory, block_alignment, block_size) != 0) return false;
  with_room_.push_front(*new (memory) Block(*this));
  ASAN_POISON_MEMORY_REGION(with_room_.front() + 1, block_size - sizeof(Block));
  ++blocks_;
  return true;
}

void Slab::give_back(Block& block) noexcept {
  block.unlink();
  ASAN_UNPOISON_MEMORY_REGION(&block, block_size);
  ::free(&block);
  --blocks_;
}

void* Slab::allocate() noexcept {
  if (with_room_.empty() && !add_block()) return nullptr;
  Block& block = *with_room_.front();
  if (&block == spare_) spare_ = nullptr;
  void* place = block.take();
  if (!block.has_room()) block.unlink();
  return place;
}

void Slab::free(void* place) noexcept {
  if (!place) return;
  const size_t offset = std::bit_cast<uintptr_t>(place) % block_alignment;
  auto* block = reinterpret_cast<Block*>(static_cast<std::byte*>(place) - offset);
  block->owner->take_back(*block, place);
}

// The fullest are filled up first, so that others become empty. One of those is kept.
void Slab::take_back(Block& block, void* place) noexcept {
  block.free = new (place) Free{block.free};
  ASAN_POISON_MEMORY_REGION(place, object_size_);
  if (!block.linked()) with_room_.push_front(block);
  if (--block.used > 0) return;
  if (spare_) return give_back(block);
  spare_ = &block;
}

}  // namespace zest::io
