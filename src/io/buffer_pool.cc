#include "io/buffer_pool.h"

#include <sys/mman.h>

#include <bit>
#include <cerrno>
#include <cstring>

#include "base/assert.h"
#include "base/poison.h"
#include "sys/fault.h"

namespace zest::io {
namespace {

constexpr unsigned char pattern = 0xa7;

#ifdef ZEST_FAULTS
constexpr bool guarded = true;
#else
constexpr bool guarded = false;
#endif

void fill_and_poison(std::byte* piece, size_t size) {
  if (!guarded) return;
  memset(piece, pattern, size);
  ASAN_POISON_MEMORY_REGION(piece, size);
}

void check(std::byte* piece, size_t size, size_t received) {
  if (!guarded) return;
  ASAN_UNPOISON_MEMORY_REGION(piece, size);
  for (size_t i = received; i < size; ++i) ZEST_ASSERT(piece[i] == std::byte{pattern});
}

}  // namespace

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  if (this != &other) {
    if (pool_) release();
    pool_ = std::exchange(other.pool_, nullptr);
    begin_ = other.begin_;
    size_ = other.size_;
    id_ = other.id_;
  }
  return *this;
}

std::span<std::byte> Buffer::bytes() const {
  return pool_ ? std::span(pool_->at(id_) + begin_, size_) : std::span<std::byte>();
}

size_t Buffer::room_before() const {
  return pool_ ? static_cast<size_t>(static_cast<int32_t>(pool_->headroom()) + begin_) : 0;
}

std::span<std::byte> Buffer::extend_front(uint32_t size) {
  ZEST_ASSERT(size <= room_before());
  begin_ -= static_cast<int32_t>(size);
  size_ += size;
  return bytes().first(size);
}

void Buffer::release() { std::exchange(pool_, nullptr)->take_back(id_); }

// An odd number of cache lines: at a power of two the first lines of all buffers, which is what
// small messages use, would share a few sets of the caches.
size_t BufferPool::stride(size_t size) {
  constexpr size_t line = 64;
  return ((size + line - 1) / line | 1) * line;
}

Result<std::unique_ptr<BufferPool>> BufferPool::create(BufferOptions options) {
  ZEST_ASSERT(std::has_single_bit(options.count) && options.count <= 32768);
  const size_t bytes = options.count * stride(whole(options));
  if (int error = sys::fault::at("mmap", ENOMEM)) return fail_errno(error, "map receive buffers");
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return fail_errno(errno, "map %zu bytes of receive buffers", bytes);
  auto links = std::make_unique<Link[]>(options.count);
  return std::unique_ptr<BufferPool>(
      new BufferPool(options, static_cast<std::byte*>(memory), std::move(links)));
}

BufferPool::~BufferPool() {
  ZEST_ASSERT(!shelf_ || available_ == options_.count);  // a Buffer outlived its loop
  ASAN_UNPOISON_MEMORY_REGION(memory_, bytes());
  ::munmap(memory_, bytes());
}

void BufferPool::stock(BufferShelf& shelf) {
  shelf_ = &shelf;
  for (uint32_t id = 0; id < options_.count; ++id) {
    close_off(static_cast<uint16_t>(id));
    shelf.put(static_cast<uint16_t>(id));
  }
  available_ = options_.count;
}

void BufferPool::close_off(uint16_t id) const {
  fill_and_poison(at(id) - options_.headroom, whole(options_));
}

std::span<std::byte> BufferPool::open(uint16_t id) const {
  ASAN_UNPOISON_MEMORY_REGION(at(id) - options_.headroom, whole(options_));
  return {at(id), options_.size};
}

void BufferPool::shut(uint16_t id) const { close_off(id); }

Buffer BufferPool::hand_out(uint16_t id, uint32_t size) {
  ZEST_ASSERT(id < options_.count && size <= options_.size && available_ > 0);
  --available_;
  check(at(id) - options_.headroom, options_.headroom, 0);
  check(at(id), options_.size, size);
  return {*this, id, size};
}

Buffer BufferPool::take() {
  const std::optional<uint16_t> id = shelf_->take();
  if (!id) return {};
  open(*id);
  return hand_out(*id, options_.size);
}

void BufferPool::take_back(uint16_t id) {
  close_off(id);
  shelf_->put(id);
  ++returned_;
  if (available_++ == 0 && refilled_) refilled_(*loop_);
}

}  // namespace zest::io
