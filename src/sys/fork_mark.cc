#include "sys/fork_mark.h"

#include <sys/mman.h>

#include <cerrno>
#include <utility>

#include "sys/fault.h"

namespace zest::sys {
namespace {

constexpr size_t page_size = 4096;

}  // namespace

Result<ForkMark> ForkMark::create() {
  if (int error = fault::at("mmap", ENOMEM)) return fail_errno(error, "map a page");
  void* page =
      ::mmap(nullptr, page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return fail_errno(errno, "map a page");
  ForkMark mark(page);
  if (::madvise(page, page_size, MADV_WIPEONFORK) != 0) return fail_errno(errno, "MADV_WIPEONFORK");
  *static_cast<volatile int*>(page) = 1;
  return mark;
}

ForkMark::ForkMark(ForkMark&& other) noexcept : page_(std::exchange(other.page_, nullptr)) {}

ForkMark::~ForkMark() {
  if (page_) ::munmap(page_, page_size);
}

}  // namespace zest::sys
