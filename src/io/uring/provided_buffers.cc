#include "io/uring/provided_buffers.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>

#include "sys/fault.h"

namespace zest::io {
namespace {

constexpr uint32_t window_min = 8;
// How many times the ring is stocked before the window follows what was taken.
constexpr uint32_t stockings_between = 4096;

}  // namespace

Result<std::unique_ptr<ProvidedBuffers>> ProvidedBuffers::create(io_uring& ring, BufferPool& pool) {
  int error = sys::fault::at("mmap", ENOMEM);
  void* entries = MAP_FAILED;
  if (error == 0)
    entries = ::mmap(nullptr, pool.count() * sizeof(io_uring_buf), PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (entries == MAP_FAILED) return fail_errno(error ? error : errno, "map buffer ring");

  auto* typed = static_cast<io_uring_buf_ring*>(entries);
  auto shelf = std::unique_ptr<ProvidedBuffers>(new ProvidedBuffers(pool, typed));
  io_uring_buf_ring_init(typed);
  io_uring_buf_reg registration{};
  registration.ring_addr = reinterpret_cast<uintptr_t>(entries);
  registration.ring_entries = pool.count();
  registration.bgid = group;
  error = sys::fault::at("register_buf_ring", ENOMEM);
  if (error == 0) error = -io_uring_register_buf_ring(&ring, &registration, 0);
  if (error) return fail_errno(error, "register %u receive buffers", pool.count());
  shelf->free_.reserve(pool.count());
  shelf->window_ = std::min(pool.count(), window_min);
  pool.stock(*shelf);
  return shelf;
}

// The kernel holds its own reference to these pages, so unmapping is fine also before the ring
// closes.
ProvidedBuffers::~ProvidedBuffers() { ::munmap(entries_, bytes()); }

std::optional<uint16_t> ProvidedBuffers::take() {
  if (free_.empty()) return {};
  const uint16_t id = free_.back();
  free_.pop_back();
  return id;
}

void ProvidedBuffers::stock() {
  adapt();
  const auto mask = io_uring_buf_ring_mask(pool_.count());
  int added = 0;
  for (; in_ring_ < window_ && !free_.empty(); ++in_ring_, free_.pop_back())
    io_uring_buf_ring_add(entries_, pool_.at(free_.back()), pool_.size(), free_.back(),
                          static_cast<int>(mask), added++);
  if (added > 0) io_uring_buf_ring_advance(entries_, added);
}

// It grows at once and shrinks late: too few cost a turn, too many a little of the caches.
void ProvidedBuffers::adapt() {
  taken_most_ = std::max(taken_most_, std::exchange(taken_, 0));
  if (std::exchange(ran_out_, false)) window_ = std::min(2 * window_, pool_.count());
  if (++stockings_ % stockings_between != 0) return;
  const uint32_t wanted = taken_most_ + taken_most_ / 4;
  window_ = std::clamp(wanted, std::min(pool_.count(), window_min), window_);
  taken_most_ = 0;
}

}  // namespace zest::io
