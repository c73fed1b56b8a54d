#include "tls/assembly.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace zest::tls {

void Assembly::Release::operator()(std::byte* memory) const { free(memory); }

bool Assembly::add(std::span<std::byte>& bytes) {
  if (!block_) {
    copy(bytes, record_header_size, header_.data());
    if (size_ < record_header_size) return true;
    if (!begin_block()) return false;
  }
  copy(bytes, needed_, block_.get());
  return true;
}

void Assembly::copy(std::span<std::byte>& bytes, size_t most, std::byte* into) {
  const size_t taken = std::min(bytes.size(), most - size_);
  std::ranges::copy(bytes.first(taken), into + size_);
  bytes = bytes.subspan(taken);
  size_ += static_cast<uint32_t>(taken);
}

// A record that is too long is whole with its header: an engine refuses it by that.
bool Assembly::begin_block() {
  const RecordHeader header = read_header(header_);
  const bool allowed = header.length <= ciphertext_max;
  needed_ = static_cast<uint32_t>(allowed ? header.record_size() : record_header_size);
  block_.reset(static_cast<std::byte*>(malloc(needed_)));
  if (!block_) return false;
  memcpy(block_.get(), header_.data(), header_.size());
  return true;
}

void Assembly::reset() {
  block_.reset();
  size_ = needed_ = 0;
}

}  // namespace zest::tls
