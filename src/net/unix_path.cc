#include "net/unix_path.h"

#include <sys/stat.h>
#include <unistd.h>

#include <utility>

namespace zest::net {

UnixPath::UnixPath(const sys::Address& bound) : address_(bound) {
  const std::string_view path = bound.unix_name();
  struct stat file{};
  if (path.empty() || path.front() == 0 || ::lstat(path.data(), &file) != 0) return;
  device_ = file.st_dev;
  inode_ = file.st_ino;
}

UnixPath::UnixPath(UnixPath&& other) noexcept
    : address_(other.address_), device_(other.device_), inode_(std::exchange(other.inode_, 0)) {}

UnixPath& UnixPath::operator=(UnixPath&& other) noexcept {
  if (this != &other) {
    remove();
    address_ = other.address_;
    device_ = other.device_;
    inode_ = std::exchange(other.inode_, 0);
  }
  return *this;
}

// As long as the socket is open its inode is not given to another file.
void UnixPath::remove() {
  if (!exists()) return;
  struct stat file{};
  const char* path = address_.unix_name().data();
  if (::lstat(path, &file) == 0 && file.st_dev == device_ && file.st_ino == inode_) ::unlink(path);
  inode_ = 0;
}

}  // namespace zest::net
