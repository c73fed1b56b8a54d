#include <unistd.h>

#include <cerrno>

#include "config/load.h"
#include "sys/file.h"

namespace zest::config {
namespace {

constexpr size_t file_size_max = size_t{1} << 20;

}  // namespace

Result<std::string> read_file(const std::string& path) {
  const Result<Fd> file = sys::open_regular(path.c_str());
  if (!file) return fail(file.error());
  std::string text;
  for (char piece[16384];;) {
    const ssize_t got = ::read(file->get(), piece, sizeof piece);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno(errno, "%s", path.c_str());
    if (got == 0) return text;
    text.append(piece, static_cast<size_t>(got));
    if (text.size() > file_size_max)
      return fail(Status::invalid_argument, "%s: larger than 1 MiB", path.c_str());
  }
}

}  // namespace zest::config
