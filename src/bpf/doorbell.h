// The bell of one thread: a ring buffer that the hand-over program writes the flows' numbers to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/fd.h"
#include "base/result.h"

namespace zest::bpf {

class Doorbell {
 public:
  // Takes the ring's fd.
  static Result<Doorbell> map(Fd ring);
  Doorbell(Doorbell&& other) noexcept;
  Doorbell& operator=(Doorbell&&) = delete;
  ~Doorbell();

  int fd() const { return ring_.get(); }  // readable when it was rung
  // The next flow that has rung.
  std::optional<uint32_t> next();

 private:
  Doorbell(Fd ring, std::byte* ours, const std::byte* theirs)
      : ring_(std::move(ring)), ours_(ours), theirs_(theirs) {}

  Fd ring_;
  std::byte* ours_;          // a page with our position
  const std::byte* theirs_;  // a page with the writer's, then what was written, twice over
};

}  // namespace zest::bpf
