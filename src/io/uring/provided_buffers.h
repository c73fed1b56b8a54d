// The shelf of free receive buffers on io_uring: a stack, and of it a few in a ring that the kernel
// takes from by itself.
//
// That ring is first in, first out: with every buffer in it each receive would write to memory that
// has long left the caches. So it holds little more than one turn takes, and what was used last is
// on top of the stack. It also bounds what a repeating receive can take before it is stopped.
#pragma once

#include <memory>
#include <vector>

#include "io/buffer_pool.h"
#include "io/uring/ring.h"

namespace zest::io {

class ProvidedBuffers final : public BufferShelf {
 public:
  static constexpr uint16_t group = 0;

  // The pool outlives it; the ring, too, lets go of it only when it closes.
  static Result<std::unique_ptr<ProvidedBuffers>> create(io_uring& ring, BufferPool& pool);
  ~ProvidedBuffers() override;

  void put(uint16_t id) override { free_.push_back(id); }
  std::optional<uint16_t> take() override;

  // Before the kernel is entered.
  void stock();
  // The kernel took one, or found none.
  void taken() {
    --in_ring_;
    ++taken_;
  }
  void ran_out() { ran_out_ = true; }

 private:
  ProvidedBuffers(BufferPool& pool, io_uring_buf_ring* entries) : pool_(pool), entries_(entries) {}

  size_t bytes() const { return pool_.count() * sizeof(io_uring_buf); }
  void adapt();

  BufferPool& pool_;
  io_uring_buf_ring* entries_;
  std::vector<uint16_t> free_;
  uint32_t in_ring_ = 0;
  uint32_t window_ = 0;  // so many are in the ring, if there are as many
  uint32_t taken_ = 0;   // since it was stocked
  uint32_t taken_most_ = 0;
  uint32_t stockings_ = 0;
  bool ran_out_ = false;
};

}  // namespace zest::io
