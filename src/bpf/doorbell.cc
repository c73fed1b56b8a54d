#include "bpf/doorbell.h"

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>

#include "bpf/handover.h"
#include "sys/fault.h"

namespace zest::bpf {
namespace {

constexpr uint32_t busy_bit = 1u << 31;
constexpr uint32_t discard_bit = 1u << 30;
constexpr size_t head_size = 8;

size_t page() { return static_cast<size_t>(::sysconf(_SC_PAGESIZE)); }
size_t their_size() { return page() + 2 * size_t{ZEST_DOORBELL_BYTES}; }

template <typename T>
T load(const std::byte* at) {
  return std::atomic_ref<T>(*reinterpret_cast<T*>(const_cast<std::byte*>(at)))
      .load(std::memory_order_acquire);
}

}  // namespace

Result<Doorbell> Doorbell::map(Fd ring) {
  if (const int error = sys::fault::at("mmap", ENOMEM)) return fail_errno(error, "map a doorbell");
  void* ours = ::mmap(nullptr, page(), PROT_READ | PROT_WRITE, MAP_SHARED, ring.get(), 0);
  if (ours == MAP_FAILED) return fail_errno(errno, "map a doorbell");
  void* theirs =
      ::mmap(nullptr, their_size(), PROT_READ, MAP_SHARED, ring.get(), static_cast<off_t>(page()));
  if (theirs == MAP_FAILED) {
    const int error = errno;
    ::munmap(ours, page());
    return fail_errno(error, "map a doorbell");
  }
  return Doorbell(std::move(ring), static_cast<std::byte*>(ours), static_cast<std::byte*>(theirs));
}

Doorbell::Doorbell(Doorbell&& other) noexcept
    : ring_(std::move(other.ring_)),
      ours_(std::exchange(other.ours_, nullptr)),
      theirs_(std::exchange(other.theirs_, nullptr)) {}

Doorbell::~Doorbell() {
  if (!ours_) return;
  ::munmap(ours_, page());
  ::munmap(const_cast<std::byte*>(theirs_), their_size());
}

// A record: its size and two flags in four bytes, four more, and then the flow in eight.
std::optional<uint32_t> Doorbell::next() {
  uint64_t at = load<uint64_t>(ours_);
  while (at < load<uint64_t>(theirs_)) {
    const std::byte* record = theirs_ + page() + (at & (ZEST_DOORBELL_BYTES - 1));
    const uint32_t head = load<uint32_t>(record);
    if (head & busy_bit) return {};  // about to be written; it rings then
    const size_t size = head & ~(busy_bit | discard_bit);
    uint64_t flow = 0;
    memcpy(&flow, record + head_size, sizeof flow);
    at += (head_size + size + 7) / 8 * 8;
    std::atomic_ref(*reinterpret_cast<uint64_t*>(ours_)).store(at, std::memory_order_release);
    if (!(head & discard_bit)) return static_cast<uint32_t>(flow);
  }
  return {};
}

}  // namespace zest::bpf
