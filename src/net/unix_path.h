// The file of a Unix socket that we have bound. It goes with its owner, unless a successor has put
// his own in its place meanwhile.
#pragma once

#include <sys/types.h>

#include "sys/address.h"

namespace zest::net {

class UnixPath {
 public:
  UnixPath() = default;
  // Marks what is there now. Nothing for an abstract name, or another family.
  explicit UnixPath(const sys::Address& bound);
  UnixPath(UnixPath&& other) noexcept;
  UnixPath& operator=(UnixPath&& other) noexcept;
  ~UnixPath() { remove(); }

  void remove();

 private:
  bool exists() const { return inode_ != 0; }

  sys::Address address_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace zest::net
