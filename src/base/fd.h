// One owner per file descriptor. Moves, closes once, and is never a bool: 0 is a valid fd.
#pragma once

#include <unistd.h>

#include <utility>

namespace zest {

class Fd {
 public:
  constexpr Fd() = default;
  explicit constexpr Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { reset(); }

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  operator bool() const = delete;

  // Whoever calls this closes it.
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }

  // Linux frees the number also when close reports EINTR, so it is never retried.
  void reset() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 private:
  int fd_ = -1;
};

}  // namespace zest
