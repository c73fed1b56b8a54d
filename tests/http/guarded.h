// Bytes that end where no more may be read: one too many is a fault, not a pass.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <string_view>

#include "base/assert.h"

namespace zest::test {

class Guarded {
 public:
  explicit Guarded(size_t capacity) {
    const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
    size_ = (capacity + page - 1) / page * page;
    void* memory =
        ::mmap(nullptr, size_ + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ZEST_ASSERT(memory != MAP_FAILED);
    begin_ = static_cast<char*>(memory);
    mapped_ = size_ + page;
    ZEST_ASSERT(::mprotect(begin_ + size_, page, PROT_NONE) == 0);
  }
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;
  ~Guarded() { ::munmap(begin_, mapped_); }

  // A copy, the last byte of which is the last that can be read.
  std::string_view hold(std::string_view bytes) {
    ZEST_ASSERT(bytes.size() <= size_);
    char* at = begin_ + size_ - bytes.size();
    if (!bytes.empty()) memcpy(at, bytes.data(), bytes.size());
    return {at, bytes.size()};
  }

 private:
  char* begin_ = nullptr;
  size_t size_ = 0;
  size_t mapped_ = 0;
};

}  // namespace zest::test
