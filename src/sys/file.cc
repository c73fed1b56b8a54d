#include "sys/file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

namespace zest::sys {

Result<Fd> open_regular(const char* path) {
  Fd file(::open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat about{};
  if (!file.valid() || ::fstat(file.get(), &about) < 0) return fail_errno(errno, "%s", path);
  if (!S_ISREG(about.st_mode))
    return fail(Status::invalid_argument, "%s: not a regular file", path);
  return file;
}

}  // namespace zest::sys
