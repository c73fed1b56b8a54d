// A record that arrives in pieces, until it is whole. It takes memory for as much as the record
// says that it is, once that is known, so that a slow peer holds no receive buffer.
#pragma once

#include <array>
#include <memory>

#include "tls/record.h"

namespace zest::tls {

class Assembly {
 public:
  bool empty() const { return size_ == 0; }
  bool whole() const { return block_ && size_ == needed_; }
  size_t missing() const { return (block_ ? needed_ : record_header_size) - size_; }

  // Takes what is missing from the front of `bytes`. False: out of memory.
  [[nodiscard]] bool add(std::span<std::byte>& bytes);

  std::span<std::byte> record() { return {block_.get(), size_}; }
  void reset();

 private:
  struct Release {
    void operator()(std::byte* memory) const;
  };

  void copy(std::span<std::byte>& bytes, size_t most, std::byte* into);
  bool begin_block();

  std::unique_ptr<std::byte, Release> block_;
  uint32_t size_ = 0;
  uint32_t needed_ = 0;
  std::array<std::byte, record_header_size> header_{};
};

}  // namespace zest::tls
